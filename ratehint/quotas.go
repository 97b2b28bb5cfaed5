// Package ratehint reads what an answer's headers say about limits: the quotas of a vendor, and how long to wait.
package ratehint

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Quota is what a vendor's headers say about one of its quotas.
type Quota struct {
	Name      string        // the vendor's word for it, such as "requests" or "daily"; "" where it has one only
	Limit     int64         // -1 if unknown
	Remaining int64         // -1 if unknown
	Window    time.Duration // 0 if unknown
	Reset     time.Duration // from now until the quota is whole again, in whole seconds; meaningful if HasReset
	HasReset  bool
	// AskedReset is the time that the vendor named, if Reset was cut to MaxWait; else 0.
	AskedReset time.Duration
}

const (
	maxQuotas     = 32      // told by one answer
	maxValueBytes = 4 << 10 // of one header
)

// Quotas reads every known family of rate-limit headers: RateLimit and RateLimit-Policy as
// draft-ietf-httpapi-ratelimit-headers-11 has them and as its predecessors had, X-RateLimit-* and X-Rate-Limit-* with
// a vendor's word before and a quota's behind, and the forms of single vendors. Times count from h's own Date, else
// from received. Quotas that tell neither limit, nor remaining, nor reset are left out. The names are the vendor's:
// do not make labels of them unseen.
func Quotas(h http.Header, received time.Time) []Quota {
	var names []string
	for name := range h {
		if mayTell(name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return nil
	}
	slices.Sort(names) // so that the same answer gives the same quotas
	c := collector{now: nowOf(h, received)}
	for _, name := range names {
		if value := strings.Join(h[name], ", "); len(value) <= maxValueBytes {
			c.header(strings.ToLower(name), value)
		}
	}
	return c.quotas()
}

// mayTell is a quick check of a header's name, because every answer is checked. It looks for "limit" and "usage", in
// canonical form or in lower case.
func mayTell(name string) bool {
	for i := range len(name) {
		switch name[i] { // the letters of the words that are rare
		case 'm':
			if i >= 1 && strings.HasPrefix(name[i-1:], "imit") {
				return true
			}
		case 'g':
			if i >= 2 && strings.HasPrefix(name[i-2:], "sage") {
				return true
			}
		}
	}
	return false
}

// collector combines what several headers say about one quota.
type collector struct {
	now     time.Time
	partial []*partialQuota
}

// partialQuota is what is known of one quota so far. The key distinguishes quotas of two families that have the same name.
type partialQuota struct {
	key string
	Quota
	used     int64
	exact    bool // Reset is known from a span, which beats a moment
	policies []Quota
}

// quota returns the quota of a family and name, a new one if necessary. Quotas beyond maxQuotas are not kept.
func (c *collector) quota(family, name string) *partialQuota {
	key := family + " " + name
	for _, q := range c.partial {
		if q.key == key {
			return q
		}
	}
	q := &partialQuota{key: key, Quota: unknownQuota(name), used: -1}
	if len(c.partial) < maxQuotas {
		c.partial = append(c.partial, q)
	}
	return q
}

// unknownQuota returns a quota of which nothing is known but what its name says.
func unknownQuota(name string) Quota {
	return Quota{Name: name, Limit: -1, Remaining: -1, Window: windowOf(name)}
}

// header reads one header, its name in lower case.
func (c *collector) header(name, value string) {
	if read, special := special[name]; special {
		read(c, value)
		return
	}
	n, ok := parseName(name)
	switch {
	case !ok:
	case n.role == roleAll:
		c.structured(n, value)
	default:
		c.quota(n.family, n.quota).set(n.role, n.unit, value, c.now)
	}
}

// quotas completes what was collected: it fills in what can be computed, and removes duplicates.
func (c *collector) quotas() []Quota {
	var all []Quota
	for _, part := range c.partial {
		whole := part.finish() // which leaves the policies that are not its own
		for _, q := range append([]Quota{whole}, part.policies...) {
			known := q.Limit >= 0 || q.Remaining >= 0 || q.HasReset
			if known && !slices.Contains(all, q) && len(all) < maxQuotas {
				all = append(all, q)
			}
		}
	}
	return all
}

// finish computes what is left from limit and use, and takes the window from the policy of the same limit.
func (q *partialQuota) finish() Quota {
	if q.Remaining < 0 && q.Limit >= 0 && q.used >= 0 {
		q.Remaining = max(0, q.Limit-q.used)
	}
	q.policies = slices.DeleteFunc(q.policies, func(p Quota) bool {
		same := p.Limit == q.Limit || q.Limit < 0 && len(q.policies) == 1
		if same {
			q.Limit, q.Window = p.Limit, cmp.Or(q.Window, p.Window)
		}
		return same
	})
	return q.Quota
}

func (q *Quota) setReset(seconds float64) {
	span := wholeSeconds(seconds)
	q.Reset, q.AskedReset, q.HasReset = span.Wait, span.Asked, true
}

// set stores one value in the quota; an unreadable value is left out.
func (q *partialQuota) set(as role, unit time.Duration, value string, now time.Time) {
	value = strings.TrimSpace(value)
	switch as {
	case roleLimit:
		q.setLimit(value)
	case roleRemaining:
		setCount(&q.Remaining, value)
	case roleUsed:
		setCount(&q.used, value)
	case roleWindow:
		if seconds, ok := secondsOf(value, unit, now); ok && seconds > 0 {
			q.Window = wholeWindow(seconds)
		}
	case roleReset, roleResetSpan:
		seconds, ok := secondsOf(value, unit, now)
		if ok && (!q.exact || as == roleResetSpan) {
			q.setReset(seconds)
			q.exact = as == roleResetSpan
		}
	}
}
