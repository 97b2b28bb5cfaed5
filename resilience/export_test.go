package resilience

import "net/http"

// What the tests need to see from outside.
const MaxReplayBytes = maxReplayBytes

func IsIdempotent(req *http.Request) bool { return isIdempotent(req) }
func BodyHasMethod(body []byte) bool      { return bodyHasMethod(body) }
func (b *Budget) Request()                { b.request() }
func (b *Budget) Take() bool              { return b.take() }
