package wire_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestDeadlinesOfHandlers end reading a body that does not come, and writing to a caller that does not read.
func TestDeadlinesOfHandlers(t *testing.T) {
	errs := make(chan error, 1)
	onServers(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Method == "POST" {
			_ = control.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			_, err := io.ReadAll(r.Body)
			errs <- err
			return
		}
		_ = control.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		for piece := make([]byte, 1<<20); ; {
			if _, err := w.Write(piece); err != nil {
				<-r.Context().Done()
				errs <- err
				return
			}
		}
	}, func(t *testing.T, s *served) {
		for _, raw := range []string{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", plain} {
			c := s.dial(t)
			c.send(t, raw)
			if err := next(t, errs); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%q: %v", raw, err)
			}
			if raw != plain {
				c.answer(t)
				c.ends(t)
			}
		}
	})
}

// TestADeadlineThatIsOverEndsAWrite that could go on at once.
func TestADeadlineThatIsOverEndsAWrite(t *testing.T) {
	errs := make(chan error, 1)
	onServers(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(-time.Second))
		_, _ = io.WriteString(w, "late")
		errs <- http.NewResponseController(w).Flush()
	}, func(t *testing.T, s *served) {
		c := s.dial(t)
		c.send(t, plain)
		if err := next(t, errs); s.lane != nil && !errors.Is(err, os.ErrDeadlineExceeded) { // net/http keeps it to itself
			t.Error(err)
		}
		c.ends(t)
	})
}

// TestDeadlinesEndWithTheirRequest: the next one has none.
func TestDeadlinesEndWithTheirRequest(t *testing.T) {
	onServers(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bounded" {
			control := http.NewResponseController(w)
			_ = control.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
			_ = control.SetWriteDeadline(time.Now().Add(30 * time.Millisecond))
			_, _ = w.Write(make([]byte, 10_000))
			return
		}
		<-time.After(60 * time.Millisecond) // past those deadlines
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Context().Err() != nil {
			t.Error(err, r.Context().Err())
		}
		_, _ = w.Write(body)
	}, func(t *testing.T, s *served) {
		c := s.dial(t)
		for range 2 {
			c.send(t, "GET /bounded HTTP/1.1\r\nHost: a\r\n\r\n")
			c.answer(t)
			c.send(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
			c.send(t, "body")
			if _, body, _ := c.answer(t); body != "body" {
				t.Errorf("%q", body)
			}
		}
	})
}

// TestConnectionsThatRestTooLongEnd, before their first request and after one, and with a head that does not go on.
func TestConnectionsThatRestTooLongEnd(t *testing.T) {
	onServers(t, func(http.ResponseWriter, *http.Request) {}, func(t *testing.T, s *served) {
		for _, raw := range []string{"", plain, plain + "GET", "GET /half"} {
			c := s.dial(t)
			c.send(t, raw)
			if strings.HasPrefix(raw, plain) {
				c.answer(t)
			}
			c.ends(t)
		}
		eventually(t, func() bool { return s.open.Load() == 0 })
	}, func(s *http.Server) {
		s.ReadHeaderTimeout, s.IdleTimeout = 100*time.Millisecond, 100*time.Millisecond
	})
}
