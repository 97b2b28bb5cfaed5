package generic

import (
	"net/http"
	"slices"

	"gateway/meaning"
	"gateway/problem"
)

// overrules are the types that overrule a status, by status; every type overrules those that are not listed.
var overrules = map[int][]problem.Type{
	401: {problem.PermissionDenied, problem.RateLimited, problem.QuotaExceeded, problem.PaymentRequired},
	402: {problem.QuotaExceeded, problem.RateLimited, problem.Unauthenticated, problem.PermissionDenied, problem.ValidationFailed},
	404: {problem.Unauthenticated, problem.RateLimited, problem.QuotaExceeded, problem.PaymentRequired, problem.MethodNotAllowed, problem.Gone},
	405: {problem.Unauthenticated}, 406: {problem.Unauthenticated}, 408: {},
	410: {problem.Unauthenticated}, 412: {problem.Unauthenticated, problem.RateLimited, problem.AlreadyExists, problem.PermissionDenied},
	413: {problem.Unauthenticated, problem.RateLimited, problem.QuotaExceeded}, 415: {problem.Unauthenticated},
	429: {problem.QuotaExceeded, problem.UpstreamUnavailable, problem.PaymentRequired},
	501: {}, 502: {}, 504: {},
	503: {problem.RateLimited, problem.QuotaExceeded, problem.Unauthenticated},
}

// fits is true if t may overrule the status of an answer.
func fits(t problem.Type, status int) bool {
	allowed, listed := overrules[status]
	return !listed || slices.Contains(allowed, t) || problem.TypeOf(status) == t
}

// furtherStatuses are those that the taxonomy does not list and whose names say it (RFC 4918, section 11.3; RFC 7725).
var furtherStatuses = map[int]problem.Type{414: problem.InvalidRequest, 423: problem.Conflict, 431: problem.InvalidRequest, 451: problem.PermissionDenied}

// IsErrorStatus is true for the statuses of errors that servers send.
func IsErrorStatus(status int) bool {
	return status >= 400 && status <= 505 && http.StatusText(status) != "" || status == 420 || status >= 520 && status <= 530
}

// isListed is true for the statuses of errors that have a type of their own.
func isListed(status int) bool {
	return problem.HasType(status) || furtherStatuses[status] != "" || status >= 500
}

// TypeByStatus is the type of an answer of which no more than the status is known.
func TypeByStatus(status int) problem.Type {
	if t, ok := furtherStatuses[status]; ok {
		return t
	}
	return problem.TypeOf(status)
}

// likeStatus is the status that words and codes stand beside: an answer of an unlisted one means as much as 400 or 500
// do, and SOAP says 500 whatever the fault (SOAP 1.1, section 6.2).
func likeStatus(v *seen, status int) int {
	switch {
	case status == 500 && v.doc.RootName == "Envelope":
		return 0
	case status >= 500 && problem.TypeOf(status) == problem.UpstreamError:
		return 500
	case status >= 400 && problem.TypeOf(status) == problem.InvalidRequest && furtherStatuses[status] == "":
		return 400
	}
	return status
}

// atStatus tells whose time is over: 4xx says the caller's.
func atStatus(t problem.Type, status int) problem.Type {
	if t == problem.UpstreamTimeout && status >= 400 && status < 500 {
		return problem.RequestTimeout
	}
	return t
}

// refines is true for what a code that many use for many things says beside a status that says as little.
func refines(t problem.Type, status int) bool {
	switch status {
	case 400:
		return t != problem.UpstreamError && t != problem.InvalidRequest
	case 422:
		return t != problem.UpstreamError && t != problem.InvalidRequest
	case 402:
		return t == problem.ValidationFailed
	case 403, 409:
		return t == problem.RateLimited || t == problem.Unauthenticated && status == 409
	case 500:
		return t == problem.Unauthenticated || t == problem.Conflict || t == problem.RateLimited
	}
	return status < 400
}

// deniesStatus is true if what the words mean is told with another status than the one whose number a code has.
func (f *fault) deniesStatus(v *seen) bool {
	words := f.byWords(v, 0, "")
	if of := problem.TypeOf(f.status); words == "" && of != problem.InvalidRequest && of != problem.ValidationFailed {
		return slices.ContainsFunc(append(f.allTexts(), slices.Concat(saidBy(f.inner)...)...), func(text string) bool { return meaning.Says(meaning.MissingParameter, text) })
	}
	return words != "" && words != problem.UpstreamError && words != problem.TypeOf(f.status) && (!fits(words, f.status) || f.byWords(v, likeStatus(v, f.status), "") == "")
}
