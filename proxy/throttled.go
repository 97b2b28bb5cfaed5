package proxy

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"gateway/problem"
	"gateway/ratelimit"
)

// throttled describes a refusal of the throttle: which limit, for how long, and who uses how much of it.
func throttled(e *ratelimit.Error) *problemError {
	return &problemError{
		Type: problem.Throttled, fault: refusalFault(e.Reason), proxyStatus: "http_request_denied",
		public: refusalText(e), header: rateHeaders(e.Policies),
		retryAfter: e.RetryAfter, hasRetry: e.RetryAfter > 0, cause: e,
		hints:      refusalHints(e),
		extensions: []problem.Extension{{Name: "throttle", Value: newThrottleMember(e)}},
	}
}

// refusalFault returns who must act. For a limit it is the type's own: the caller.
func refusalFault(r ratelimit.Reason) problem.Fault {
	switch r {
	case ratelimit.Paused, ratelimit.StoreFails:
		return problem.FaultGateway
	case ratelimit.InCoolDown:
		return problem.FaultVendor
	}
	return ""
}

// throttleMember is the member of a problem that explains a refusal. Times are in seconds.
type throttleMember struct {
	Reason   ratelimit.Reason `json:"reason"`
	Why      string           `json:"why,omitempty"`
	Limit    string           `json:"limit,omitempty"`
	Place    int              `json:"place,omitempty"`
	Consumer string           `json:"consumer"`
	Share    float64          `json:"share,omitempty"`
	Use      float64          `json:"use,omitempty"`
	Wait     float64          `json:"wait,omitempty"`
	MaxWait  float64          `json:"max_wait"`
	Held     float64          `json:"held,omitempty"`
}

func newThrottleMember(e *ratelimit.Error) throttleMember {
	return throttleMember{
		Reason: e.Reason, Why: e.Why, Limit: e.Limit, Place: e.Place, Consumer: e.Consumer,
		Share: rounded(e.Share), Use: rounded(e.Use), Wait: roundUp(e.RetryAfter, time.Millisecond).Seconds(),
		MaxWait: e.Bound.Truncate(time.Millisecond).Seconds(), Held: e.Held.Truncate(time.Millisecond).Seconds(),
	}
}

// rounded keeps three decimal places.
func rounded(x float64) float64 { return math.Round(x*1000) / 1000 }

func refusalText(e *ratelimit.Error) string {
	var text string
	switch e.Reason {
	case ratelimit.Paused:
		text = "An operator has paused the upstream, or this consumer's use of it"
	case ratelimit.InCoolDown:
		text = "Nothing is sent to the upstream for now, so that it recovers"
	case ratelimit.StoreFails:
		text = "The gateways' shared count of the quota does not answer, and nothing may be sent without"
	case ratelimit.QueueFull:
		text = "Too many requests for the upstream are held already"
	case ratelimit.OverConcurrency:
		text = "The upstream takes only " + e.Limit
	default:
		text = "The upstream's limit of " + e.Limit + " is reached"
	}
	if e.Why != "" {
		text += ": " + e.Why
	}
	text += "."
	if e.RetryAfter > 0 {
		text += " " + outlookText(e)
	}
	return text
}

// outlookText tells when the request could be sent. That is rounded up and what it may be held for down, as the text would
// contradict itself where both came out alike.
func outlookText(e *ratelimit.Error) string {
	in := roundUp(e.RetryAfter, unitOf(e.RetryAfter))
	if e.Held > 0 {
		return fmt.Sprintf("The request was held for %s, and could be sent in %s.", e.Held.Truncate(unitOf(e.Held)), in)
	}
	return fmt.Sprintf("The request could be sent in %s, and may be held for %s.", in, e.Bound.Truncate(unitOf(e.Bound)))
}

// unitOf is what people read a span in.
func unitOf(d time.Duration) time.Duration {
	switch {
	case d < 10*time.Second:
		return time.Millisecond
	case d < time.Minute:
		return 100 * time.Millisecond
	}
	return time.Second
}

func roundUp(d, unit time.Duration) time.Duration { return (d + unit - 1).Truncate(unit) }

func refusalHints(e *ratelimit.Error) []string {
	switch {
	case e.Reason == ratelimit.StoreFails:
		return []string{"Have the store of the section quota running again, or set throttle.on_failure to local."}
	case e.Reason == ratelimit.Paused:
		return []string{"Wait until the operator resumes it; the reason above says why."}
	case e.Use > e.Share+0.05:
		return []string{"This consumer uses more than its share. Send less, or ask for a larger weight in consumers.weights."}
	}
	return []string{"Send again after Retry-After, or allow a longer wait by throttle.max_wait."}
}

// rateHeaders writes the limits as draft-ietf-httpapi-ratelimit-headers-10 defines them.
func rateHeaders(policies []ratelimit.Policy) http.Header {
	var limits, policy []string
	for _, p := range policies {
		limits = append(limits, fmt.Sprintf("%q;r=%d;t=%d", p.Name, p.Remaining, wholeSeconds(p.Reset)))
		if p.Quota >= 0 && p.Window > 0 {
			policy = append(policy, fmt.Sprintf("%q;q=%d;w=%d", p.Name, p.Quota, wholeSeconds(p.Window)))
		}
	}
	header := http.Header{}
	for name, items := range map[string][]string{"Ratelimit": limits, "Ratelimit-Policy": policy} {
		if len(items) > 0 {
			header[name] = []string{strings.Join(items, ", ")}
		}
	}
	return header
}

// wholeSeconds rounds up.
func wholeSeconds(d time.Duration) int64 { return int64(roundUp(d, time.Second) / time.Second) }
