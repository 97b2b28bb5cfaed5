package proxy

import (
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maxRequestID is the longest id of a caller, in bytes.
const maxRequestID = 64

// requestID takes the caller's id if it cannot confuse a log, else makes one. It returns a copy, because the id outlives
// the request, whose own string may share its memory with all the headers.
func requestID(r *http.Request, came time.Time) string {
	if id := r.Header.Get("X-Request-Id"); isGoodRequestID(id) {
		return strings.Clone(id)
	}
	return newID(came)
}

// isGoodRequestID accepts only letters, digits, ".", "_" and "-".
func isGoodRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// newID returns a UUID of version 7, which sorts by time to a quarter of a microsecond (RFC 9562, sections 5.7 and 6.2,
// method 3). It is an identifier and not a secret.
func newID(at time.Time) string {
	ns := at.UnixNano()
	ms, rest := uint64(ns)/1e6, uint64(ns)%1e6 //nolint:gosec // after 1970
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], ms<<16|7<<12|rest<<12/1e6)
	binary.BigEndian.PutUint64(id[8:], 2<<62|rand.Uint64()>>2)
	return uuid.UUID(id).String()
}
