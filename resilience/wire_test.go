package resilience_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/resilience"
)

// ledger is a vendor on a socket that writes down every request that reached it whole, and closes connections.
type ledger struct {
	net.Listener
	mu   sync.Mutex
	seen map[string]int       // by the header X-Id
	cut  func(served int) int // bytes of the answer after which the connection is closed; -1: none
}

func newLedger(t *testing.T, cut func(int) int) *ledger {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{Listener: listener, seen: map[string]int{}, cut: cut}
	var connections sync.WaitGroup
	connections.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { l.serve(conn) })
		}
	})
	t.Cleanup(func() { listener.Close(); connections.Wait() })
	return l
}

func (l *ledger) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for served := 0; ; served++ {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		l.mu.Lock()
		l.seen[req.Header.Get("X-Id")]++
		l.mu.Unlock()
		const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
		if at := l.cut(served); at >= 0 {
			io.WriteString(conn, answer[:at])
			return
		}
		io.WriteString(conn, answer)
	}
}

func (l *ledger) count(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen[id]
}

func wireRetry(t *testing.T) *resilience.Retry {
	t.Helper()
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	stage := retry(base)
	stage.Unsent = func(err error) bool {
		op, ok := errors.AsType[*net.OpError](err)
		return ok && op.Op == "dial"
	}
	return stage
}

func send(t *testing.T, stage http.RoundTripper, req *http.Request) error {
	t.Helper()
	resp, err := stage.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// net/http sends a request again when a connection that was used before breaks; that must not happen to a write.
func TestNetHTTPDoesNotSendWritesTwice(t *testing.T) {
	for name, tc := range map[string]struct {
		method, query, body string
		header              string
		sent                int
	}{
		"POST":                        {"POST", "", "{}", "", 1},
		"POST with a key":             {"POST", "", "{}", "Idempotency-Key", 1},
		"POST with a key, no body":    {"POST", "", "", "Idempotency-Key", 1},
		"POST with an X key":          {"POST", "", "", "X-Idempotency-Key", 1},
		"GET that deletes":            {"GET", "?_method=delete", "", "", 1},
		"GET, by which the test sees": {"GET", "", "", "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			vendor := newLedger(t, func(served int) int {
				if served > 0 {
					return 0 // reads a second request on a connection and closes
				}
				return -1
			})
			stage := wireRetry(t)
			stage.Config.Attempts = 2
			stage.Should = func(_ *http.Request, _ *http.Response, err error) resilience.Verdict {
				return resilience.Verdict{Again: err != nil}
			}
			warm := request(t, "GET", "http://"+vendor.Addr().String()+"/", "")
			if err := send(t, stage, warm); err != nil {
				t.Fatal(err)
			}
			req := request(t, tc.method, "http://"+vendor.Addr().String()+"/"+tc.query, tc.body)
			req.Header.Set("X-Id", "it")
			if tc.header != "" {
				req.Header.Set(tc.header, "k1")
			}
			err := send(t, stage, req)
			if got := vendor.count("it"); got > tc.sent || got == 0 || (tc.sent == 1) != (err != nil) {
				t.Errorf("the vendor saw it %d times, want %d (%v)", got, tc.sent, err)
			}
		})
	}
}

func TestNoWriteIsDoneTwiceHoweverConnectionsBreak(t *testing.T) {
	vendor := newLedger(t, func(int) int { return min(max(rand.IntN(80)-20, -1), 40) })
	stage := wireRetry(t)
	stage.Budget = resilience.NewBudget(resilience.RetryConfig{BudgetMin: new(1e6)})
	writes := []string{"POST", "PATCH", "GET ?_method=post", "POST key"}
	const perCaller = 50
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for n := range perCaller {
				id := fmt.Sprintf("%d-%d", caller, n)
				method, rest, _ := strings.Cut(writes[n%len(writes)], " ")
				req := request(t, method, "http://"+vendor.Addr().String()+"/"+strings.TrimPrefix(rest, "key"), strings.Repeat("b", n%2*100))
				req.Header.Set("X-Id", id)
				if rest == "key" {
					req.Header.Set("Idempotency-Key", id)
				}
				err := send(t, stage, req)
				if seen := vendor.count(id); seen > 1 || err == nil && seen == 0 {
					t.Errorf("%s: the vendor saw %s %d times (%v)", id, writes[n%len(writes)], seen, err)
				}
			}
		})
	}
	callers.Wait()
}

func TestAPostIsSentAgainWhereNothingListened(t *testing.T) {
	vendor := newLedger(t, func(int) int { return -1 })
	stage := wireRetry(t)
	dials := 0
	stage.Next.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials++; dials < 3 {
			address = "127.0.0.1:1"
		}
		return (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, address)
	}
	req := request(t, "POST", "http://"+vendor.Addr().String()+"/", strings.Repeat("x", 100<<10))
	req.Header.Set("X-Id", "it")
	if err := send(t, stage, req); err != nil || vendor.count("it") != 1 {
		t.Errorf("the vendor saw it %d times after %d dials (%v)", vendor.count("it"), dials, err)
	}
}
