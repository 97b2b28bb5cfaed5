package normalize

import (
	"net/http"
	"slices"
)

// overrules are the types that overrule a status, by status; every type overrules those that are not listed.
var overrules = map[int][]Type{
	401: {PermissionDenied, RateLimited, QuotaExceeded, PaymentRequired},
	402: {QuotaExceeded, RateLimited, Unauthenticated, PermissionDenied, ValidationFailed},
	404: {Unauthenticated, RateLimited, QuotaExceeded, PaymentRequired, MethodNotAllowed, Gone},
	405: {Unauthenticated}, 406: {Unauthenticated}, 408: {},
	410: {Unauthenticated}, 412: {Unauthenticated, RateLimited, AlreadyExists, PermissionDenied},
	413: {Unauthenticated, RateLimited, QuotaExceeded}, 415: {Unauthenticated},
	429: {QuotaExceeded, UpstreamUnavailable, PaymentRequired},
	501: {}, 502: {}, 504: {},
	503: {RateLimited, QuotaExceeded, Unauthenticated},
}

// fits is true if t may overrule the status of an answer.
func fits(t Type, status int) bool {
	allowed, listed := overrules[status]
	return !listed || slices.Contains(allowed, t) || TypeOf(status) == t
}

// furtherStatuses are those that the taxonomy does not list and whose names say it (RFC 4918, section 11.3; RFC 7725).
var furtherStatuses = map[int]Type{414: InvalidRequest, 423: Conflict, 431: InvalidRequest, 451: PermissionDenied}

// isErrorStatus is true for the statuses of errors that servers send.
func isErrorStatus(status int) bool {
	return status >= 400 && status <= 505 && http.StatusText(status) != "" || status == 420 || status >= 520 && status <= 530
}

// isListed is true for the statuses of errors that have a type of their own.
func isListed(status int) bool {
	return HasType(status) || furtherStatuses[status] != "" || status >= 500
}

// typeByStatus is the type of an answer of which no more than the status is known.
func typeByStatus(status int) Type {
	if t, ok := furtherStatuses[status]; ok {
		return t
	}
	return TypeOf(status)
}

// likeStatus is the status that words and codes stand beside: an answer of an unlisted one means as much as 400 or 500
// do, and SOAP says 500 whatever the fault (SOAP 1.1, section 6.2).
func likeStatus(v *view, status int) int {
	switch {
	case status == 500 && v.doc.RootName == "Envelope":
		return 0
	case status >= 500 && TypeOf(status) == UpstreamError:
		return 500
	case status >= 400 && TypeOf(status) == InvalidRequest && furtherStatuses[status] == "":
		return 400
	}
	return status
}

// atStatus tells whose time is over: 4xx says the caller's.
func atStatus(t Type, status int) Type {
	if t == UpstreamTimeout && status >= 400 && status < 500 {
		return RequestTimeout
	}
	return t
}

// refines is true for what a code that many use for many things says beside a status that says as little.
func refines(t Type, status int) bool {
	switch status {
	case 400:
		return t != UpstreamError && t != InvalidRequest
	case 422:
		return t != UpstreamError && t != InvalidRequest
	case 402:
		return t == ValidationFailed
	case 403, 409:
		return t == RateLimited || t == Unauthenticated && status == 409
	case 500:
		return t == Unauthenticated || t == Conflict || t == RateLimited
	}
	return status < 400
}

// deniesStatus is true if what the words mean is told with another status than the one whose number a code has.
func (f *fault) deniesStatus(v *view) bool {
	words := f.byWords(v, 0, "")
	if of := TypeOf(f.status); words == "" && of != InvalidRequest && of != ValidationFailed {
		return slices.ContainsFunc(f.allTexts(), func(text string) bool { return Says(MeansMissingParameter, text) })
	}
	return words != "" && words != UpstreamError && words != TypeOf(f.status) && (!fits(words, f.status) || f.byWords(v, likeStatus(v, f.status), "") == "")
}
