package proxy

import (
	"errors"
	"time"

	"gateway/problem"
)

// spender is whom an exchange waited for.
type spender int

const (
	theVendor spender = iota
	theCaller         // whose body came slowly
	theLimits         // of the vendor, for whose sake the request was held
	theToken          // that had to be fetched first
)

// slowest returns who used most of the exchange's time. x.mu must be held.
func (x *exchange) slowest() spender {
	body := x.body.waited()
	vendor := x.UpstreamDuration - body // which goes out while it comes in
	switch {
	case len(x.Attempts) == 0 && x.ThrottleWait == 0:
		return theToken
	case x.ThrottleWait > max(vendor, body):
		return theLimits
	case body > vendor:
		return theCaller
	}
	return theVendor
}

// isLate is true once timeouts.total has passed.
func (x *exchange) isLate() bool { return errors.Is(x.ctx.Cause(), errTotalTimeout) }

// saysNothing is true for an attempt without an answer for which the vendor is not to blame: the caller broke it off or
// left too little time, or the gateway did. x.mu must be held.
func (x *exchange) saysNothing() bool {
	return x.isCallersFault() || x.isLate() && x.slowest() != theVendor
}

// late returns the problem of an exchange that ran into timeouts.total. Whoever used most of the time must act; the vendor
// is not blamed for the time of others (traps 12 and 13).
func (x *exchange) late(err error) *problemError {
	x.mu.Lock()
	defer x.mu.Unlock()
	p := &problemError{Type: problem.UpstreamTimeout, proxyStatus: "http_response_timeout", deadline: "timeouts.total", cause: err}
	switch x.slowest() {
	case theLimits:
		p.fault = problem.FaultGateway
		p.public = "The request was held for the upstream's limits, " + x.ThrottleWait.Round(time.Millisecond).String() +
			", so that timeouts.total left too little time for an answer."
	case theCaller:
		p.Type, p.fault, p.proxyStatus = problem.RequestTimeout, problem.FaultCaller, "http_request_error"
		p.public = "The body of the request came so slowly that timeouts.total left too little time for an answer."
	case theToken:
		p.Type, p.proxyStatus = problem.CredentialsUnavailable, "proxy_configuration_error"
		p.public = "No token came from the token endpoint within timeouts.total."
	default:
		p.public = "The upstream did not answer within timeouts.total."
	}
	return p
}
