package admin

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"gateway/ratelimit"
)

// maxReasonBytes bounds an operator's reason, which appears in problems.
const maxReasonBytes = 200

// throttleRoutes let an operator pause, resume and cool down an upstream.
func (c Config) throttleRoutes() []route {
	const upstream = "/api/v1/upstreams/{name}/"
	return []route{
		{http.MethodPost, upstream + "pause", c.order(c.pause)},
		{http.MethodPost, upstream + "resume", c.order(resume)},
		{http.MethodPost, upstream + "cooldown", c.order(coolDown)},
	}
}

// order is the body of a POST, as JSON.
type order struct {
	Consumer string `json:"consumer"` // of pause and resume; "": everybody
	Reason   string `json:"reason"`
	For      string `json:"for"`   // of cooldown: a span such as 5m
	Clear    bool   `json:"clear"` // of cooldown: end every one, those that the vendor asked for too
}

// pause refuses a consumer that is not configured, as a misspelt name would stop nobody.
func (c Config) pause(l *ratelimit.Limiter, o order) error {
	switch known := c.Consumers(); {
	case o.Reason == "":
		return errors.New("give a reason; callers see it")
	case o.Consumer != "" && !slices.Contains(known, o.Consumer):
		return fmt.Errorf("there is no consumer %q; there are %s", o.Consumer, strings.Join(known, ", "))
	}
	l.Pause(o.Consumer, o.Reason)
	return nil
}

func resume(l *ratelimit.Limiter, o order) error {
	if !l.Resume(o.Consumer) {
		return errors.New("there is no such pause; /api/v1/status lists them")
	}
	return nil
}

func coolDown(l *ratelimit.Limiter, o order) error {
	if o.Clear {
		l.ClearCoolDown()
		return nil
	}
	wait, err := time.ParseDuration(o.For)
	switch {
	case err != nil || wait <= 0 || wait > ratelimit.MaxCoolDown:
		return fmt.Errorf("for: %q must be a time span such as 5m, at most %s; or say clear", o.For, ratelimit.MaxCoolDown)
	case o.Reason == "":
		return errors.New("give a reason; callers see it")
	}
	l.CoolDown(wait, o.Reason)
	return nil
}

// order answers a POST with the resulting state.
func (c Config) order(give func(*ratelimit.Limiter, order) error) http.Handler {
	return asJSON(func(r *http.Request) (any, error) {
		l := c.Limiter(r.PathValue("name"))
		if l == nil {
			return nil, &apiError{http.StatusNotFound, "there is no such upstream; /api/v1/status lists them"}
		}
		var o order
		if err := readJSON(r, &o); err != nil {
			return nil, err
		}
		unfit := func(c rune) bool { return !unicode.IsPrint(c) }
		if o.Reason = strings.TrimSpace(o.Reason); len(o.Reason) > maxReasonBytes || strings.ContainsFunc(o.Reason, unfit) {
			return nil, fmt.Errorf("reason: at most %d bytes in one line", maxReasonBytes)
		}
		if err := give(l, o); err != nil {
			return nil, err
		}
		return throttleStatus(l.Status()), nil
	})
}

// ThrottleStatus is the state of an upstream's quotas; spans are in seconds.
type ThrottleStatus struct {
	Mode        string           `json:"mode"`
	Queue       int              `json:"queue"`
	Keys        int              `json:"quota_keys"`
	CoolDown    *time.Time       `json:"cooldown_until,omitempty"`
	CoolDownWhy string           `json:"cooldown_reason,omitempty"`
	Quotas      []QuotaStatus    `json:"quotas"`
	Paused      []PauseStatus    `json:"paused"`
	Consumers   []ConsumerStatus `json:"consumers"`
}

// QuotaStatus is what is left of one limit, for the quota key that has least left.
type QuotaStatus struct {
	Name      string  `json:"name"` // its window, vendor for what the vendor said, found for what was found by trying
	Limit     int64   `json:"limit"`
	Window    float64 `json:"window"`
	Remaining int64   `json:"remaining"`
	Reset     float64 `json:"reset"`
}

// PauseStatus is a pause in force.
type PauseStatus struct {
	Consumer string    `json:"consumer,omitempty"` // missing: everybody
	Reason   string    `json:"reason"`
	Since    time.Time `json:"since"`
}

// ConsumerStatus is one consumer's part.
type ConsumerStatus struct {
	Name     string  `json:"name"`
	Weight   float64 `json:"weight"`
	Waiting  int     `json:"waiting"`
	InFlight int     `json:"in_flight"`
	Sent     float64 `json:"sent_last_minute"`
}

func throttleStatus(s ratelimit.Status) ThrottleStatus {
	out := ThrottleStatus{
		Mode: s.Mode, Queue: s.Queue, Keys: s.Keys, CoolDownWhy: s.CoolDownWhy,
		Quotas: []QuotaStatus{}, Paused: []PauseStatus{}, Consumers: []ConsumerStatus{},
	}
	if !s.CoolDown.IsZero() {
		out.CoolDown = &s.CoolDown
	}
	for _, q := range s.Quotas {
		out.Quotas = append(out.Quotas, QuotaStatus{q.Name, q.Quota, q.Window.Seconds(), q.Remaining, q.Reset.Seconds()})
	}
	for _, p := range s.Pauses {
		out.Paused = append(out.Paused, PauseStatus{p.Consumer, p.Why, p.Since})
	}
	for _, c := range s.Consumers {
		out.Consumers = append(out.Consumers, ConsumerStatus(c))
	}
	return out
}
