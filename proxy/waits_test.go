package proxy_test

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMomentsOfAnswersWithoutDate: a server without a clock may leave Date out (RFC 9110, section 6.6.1), so that the moment to
// come back at is told by the gateway's.
func TestMomentsOfAnswersWithoutDate(t *testing.T) {
	for header, most := range map[string]int{
		"Retry-After: " + time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):                        3600,
		"X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: " + fmt.Sprint(time.Now().Add(time.Hour).Unix()): 3600,
	} {
		v := startRawVendor(t, func(conn net.Conn) {
			readRequest(conn)
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 429 x\r\n%s\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", header)
		})
		p := startGateway(t, to(v.URL)).get(t, "/up/x").problem(t)
		if p.RetryAfter == nil || *p.RetryAfter > int64(most) || *p.RetryAfter < int64(most)-60 {
			t.Errorf("%s: %+v", header, p)
		}
	}
}

// TestWaitsOfWhatMayBeRepeated: a vendor's Retry-After is kept wherever a repetition may help, and nowhere else.
func TestWaitsOfWhatMayBeRepeated(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.Header().Set("Retry-After", "120")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", "7")
		w.WriteHeader(code)
	})
	for _, status := range []int{400, 404, 408, 409, 422, 429, 500, 501, 502, 503, 504} {
		g := startGateway(t, to(v.URL)) // a cool-down would refuse what comes after a 429
		a := g.get(t, fmt.Sprintf("/up/x?status=%d", status))
		p, header := a.problem(t), a.Header.Get("Retry-After")
		if told := p.RetryAfter != nil && *p.RetryAfter == 120; told != p.Retryable || (header == "120") != p.Retryable {
			t.Errorf("%d: retryable %t, retry_after %v, Retry-After %q", status, p.Retryable, p.RetryAfter, header)
		}
	}
}

// TestCutWaitIsTold is trap 44: a vendor that asks for a year is not followed for so long, and the caller and the log are
// told so.
func TestCutWaitIsTold(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for wait, asked := range map[string]time.Duration{"86400": 0, "31536000": year} {
		raw := answerOnce(429, `{"message":"Too many requests."}`, "Content-Type: application/json", "Retry-After: "+wait)
		g := startGateway(t, to(answering(t, raw).URL, once))
		a := g.get(t, "/up/x")
		p := a.problem(t)
		if *p.RetryAfter != 86400 || a.Header.Get("Retry-After") != "86400" {
			t.Errorf("Retry-After: %s: %s", wait, a.body)
		}
		var want []string
		if asked > 0 {
			want = []string{"The vendor asks to wait for 365 days. retry_after is cut to 24 hours, after which it may refuse again."}
		}
		if diff := cmp.Diff(want, p.Hints); diff != "" {
			t.Errorf("Retry-After: %s: %s", wait, diff)
		}
		if x := g.ended(t); x.AskedWait != asked {
			t.Errorf("Retry-After: %s: the record has %s", wait, x.AskedWait)
		}
	}
}
