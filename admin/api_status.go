package admin

import (
	"net/http"
	"time"

	"gateway/proxy"
)

// Status is what /api/v1/status answers.
type Status struct {
	Version   string                    `json:"version"`
	Ready     bool                      `json:"ready"`
	NotReady  string                    `json:"not_ready,omitempty"` // why callers should not be sent here
	Now       time.Time                 `json:"now"`
	HeldBytes int64                     `json:"held_bytes"` // of error bodies being read
	Kept      Kept                      `json:"kept"`
	Upstreams map[string]UpstreamStatus `json:"upstreams"`
}

// Kept is how much is kept of what failed.
type Kept struct {
	Groups      int   `json:"groups"`
	Occurrences int   `json:"occurrences"`
	Bytes       int64 `json:"bytes"`
	Lost        int64 `json:"lost"` // came faster than they could be kept; they are counted in the metrics
}

// UpstreamStatus is the present state of one upstream.
type UpstreamStatus struct {
	InFlight int64          `json:"in_flight"`
	Rates    Rates          `json:"rates"`
	Throttle ThrottleStatus `json:"throttle"`
	Breaker  *BreakerStatus `json:"breaker,omitempty"` // missing where it is switched off
	Shadow   string         `json:"shadow,omitempty"`  // the profile that its own is compared with
	// Credentials are in the order of the configuration.
	Credentials []CredentialStatus `json:"credentials"`
}

// BreakerStatus is the state of an upstream's breaker.
type BreakerStatus struct {
	State      string    `json:"state"` // closed, open or half-open
	Since      time.Time `json:"since"`
	Reason     string    `json:"reason,omitempty"`      // why it opened last
	RetryAfter float64   `json:"retry_after,omitempty"` // seconds until the next probe
}

func (c Config) status(*http.Request) (any, error) { return c.statusAt(time.Now()), nil }

// statusAt combines levels and rates.
func (c Config) statusAt(now time.Time) Status {
	levels := c.Status()
	out := Status{
		Version: c.Version, Ready: true, Now: now.UTC(), HeldBytes: levels.HeldBytes, Kept: c.Ring.kept(),
		Upstreams: map[string]UpstreamStatus{},
	}
	if err := c.Ready(); err != nil {
		out.Ready, out.NotReady = false, err.Error()
	}
	shadows := c.Shadows()
	for name, level := range levels.Upstreams {
		u := upstreamStatus(level, c.Ring.rates.of(name, now))
		u.Shadow = shadows[name]
		out.Upstreams[name] = u
	}
	return out
}

func upstreamStatus(level proxy.UpstreamStatus, rates Rates) UpstreamStatus {
	out := UpstreamStatus{
		InFlight: level.InFlight, Rates: rates, Throttle: throttleStatus(level.Throttle), Credentials: credentialStatuses(level.Credentials),
	}
	if c := level.Circuit; c.State != "" {
		out.Breaker = &BreakerStatus{c.State, c.Since.UTC(), c.Reason, c.RetryAfter.Seconds()}
	}
	return out
}

func (r *Ring) kept() Kept {
	k := Kept{Lost: r.lost.Load()}
	k.Groups, k.Occurrences, k.Bytes = r.store.sizes()
	return k
}
