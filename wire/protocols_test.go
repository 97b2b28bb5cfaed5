package wire_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// secureServer tells the protocol of each request, and its body.
func secureServer(t *testing.T, http2 bool) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Proto+" "+r.RemoteAddr+" "+string(body))
	}))
	s.EnableHTTP2 = http2
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// trusting lets a transport dial by TLS, and count that.
func trusting(s *httptest.Server, dials *atomic.Int64) func(*http.Transport) {
	return func(h *http.Transport) {
		config := s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		config.NextProtos = []string{"h2", "http/1.1"}
		h.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			return (&tls.Dialer{Config: config}).DialContext(ctx, network, address)
		}
	}
}

// TestTLS is spoken by both, and the response tells of it.
func TestTLS(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		var dials atomic.Int64
		s := secureServer(t, false)
		rt := k.to(t, s.URL, trusting(s, &dials))
		for range 5 {
			resp, body, err := do(t, rt, request(t, "POST", s.URL, strings.NewReader("text")))
			if err != nil || !strings.HasPrefix(body, "HTTP/1.1 ") || !strings.HasSuffix(body, " text") || resp.TLS == nil || !resp.TLS.HandshakeComplete {
				t.Errorf("%q %v %v", body, resp.TLS, err)
			}
		}
		if dials.Load() != 1 {
			t.Errorf("%d connections", dials.Load())
		}
		rt.CloseIdleConnections()
	})
}

// TestHTTP2IsLeftToNetHTTP, over the connection that negotiated it and with what was read of the body.
func TestHTTP2IsLeftToNetHTTP(t *testing.T) {
	long := strings.Repeat("x", 50_000)
	for name, body := range map[string]func() io.Reader{
		"none": func() io.Reader { return nil }, "short": func() io.Reader { return strings.NewReader("text") },
		"long": func() io.Reader { return strings.NewReader(long) }, "chunks": func() io.Reader { return unknown("text") },
	} {
		t.Run(name, func(t *testing.T) {
			var dials atomic.Int64
			s := secureServer(t, true)
			rt := fast.to(t, s.URL, trusting(s, &dials))
			for range 5 {
				want := ""
				if r := body(); r != nil {
					text, _ := io.ReadAll(r)
					want = string(text)
				}
				resp, got, err := do(t, rt, request(t, "PUT", s.URL, body()))
				if err != nil || resp.ProtoMajor != 2 || !strings.HasSuffix(got, " "+want) {
					t.Errorf("%s %.50q %v", resp.Proto, got, err)
				}
			}
			if dials.Load() != 1 {
				t.Errorf("%d connections", dials.Load())
			}
			rt.CloseIdleConnections()
		})
	}
}

// TestHTTP2IsFoundOutByManyAtOnce.
func TestHTTP2IsFoundOutByManyAtOnce(t *testing.T) {
	var dials atomic.Int64
	s := secureServer(t, true)
	rt := fast.to(t, s.URL, trusting(s, &dials))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got := get(t, rt, s.URL); !strings.HasPrefix(got, "HTTP/2.0 ") {
				t.Error(got)
			}
		})
	}
	all.Wait()
	rt.CloseIdleConnections()
}

// TestAnOriginMayChangeItsProtocol while it is talked to.
func TestAnOriginMayChangeItsProtocol(t *testing.T) {
	var dials, old atomic.Int64
	h2, h1 := secureServer(t, true), secureServer(t, false)
	rt := fast.to(t, "https://example.com", func(h *http.Transport) {
		trusting(h2, &dials)(h)
		dial := h.DialTLSContext
		h.DialTLSContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			if old.Load() == 1 {
				return dial(ctx, network, h1.Listener.Addr().String())
			}
			return dial(ctx, network, h2.Listener.Addr().String())
		}
	})
	for _, step := range []struct {
		old  int64
		want string
	}{{0, "HTTP/2.0 "}, {1, "HTTP/1.1 "}, {0, "HTTP/2.0 "}} {
		old.Store(step.old)
		rt.CloseIdleConnections()
		for range 3 {
			if got := get(t, rt, "https://example.com/"); !strings.HasPrefix(got, step.want) {
				t.Errorf("%q, want %q", got, step.want)
			}
		}
	}
	rt.CloseIdleConnections()
}

// TestOtherOriginsAreLeftToNetHTTP, as are forward proxies that get requests whole.
func TestOtherOriginsAreLeftToNetHTTP(t *testing.T) {
	address, requests := recording(t)
	rt := fast.to(t, "http://a.test", nil)
	get(t, rt, address)
	if r := <-requests; r.Target != "/" {
		t.Errorf("%+v", r)
	}
	proxied := fast.to(t, "http://a.test", func(h *http.Transport) {
		h.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(address) }
	})
	get(t, proxied, "http://a.test/x")
	if r := <-requests; r.Target != "http://a.test/x" {
		t.Errorf("%+v", r)
	}
	proxied.CloseIdleConnections()
	rt.CloseIdleConnections()
}

// TestUpgrade makes the connection the caller's, with what came behind the 101.
func TestUpgrade(t *testing.T) {
	onBoth(t, func(t *testing.T, k kind) {
		s := serve(t, func(conn net.Conn) {
			in := bufio.NewReader(conn)
			if r := readRequest(in); r == nil || r.Header.Get("Upgrade") != "echo" {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
			_, _ = io.Copy(conn, in)
		})
		ctx, cancel := context.WithCancel(t.Context())
		req := request(t, "GET", s.URL, nil).WithContext(ctx)
		req.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"echo"}}
		resp, err := k.to(t, s.URL, nil).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		cancel() // what ends a tunnel is its two sides
		both, ok := resp.Body.(io.ReadWriteCloser)
		if !ok {
			t.Fatalf("%T", resp.Body)
		}
		if _, err := io.WriteString(both, " you"); err != nil {
			t.Fatal(err)
		}
		if err := both.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Error(err)
		}
		if got, err := io.ReadAll(both); string(got) != "hello you" || err != nil {
			t.Errorf("%q %v", got, err)
		}
	})
}

// TestAddresses that are dialled, and what is said of them in Host.
func TestAddresses(t *testing.T) {
	for origin, want := range map[string][2]string{
		"http://a.test":              {"a.test:80", "a.test"},
		"https://a.test":             {"a.test:443", "a.test"},
		"http://a.test:81":           {"a.test:81", "a.test:81"},
		"http://[::1]":               {"[::1]:80", "[::1]"},
		"http://[::1]:81":            {"[::1]:81", "[::1]:81"},
		"http://[fe80::1%25eth0]":    {"[fe80::1%eth0]:80", "[fe80::1]"},
		"http://[fe80::1%25eth0]:81": {"[fe80::1%eth0]:81", "[fe80::1]:81"},
		"http://münchen.test":        {"xn--mnchen-3ya.test:80", "xn--mnchen-3ya.test"},
	} {
		onBoth(t, func(t *testing.T, k kind) {
			dialled, host := "", ""
			dial := func(_ context.Context, _, address string) (net.Conn, error) {
				dialled = address
				here, there := net.Pipe()
				go func() {
					defer there.Close()
					if r := readRequest(bufio.NewReader(there)); r != nil {
						host = r.Host
						_, _ = io.WriteString(there, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
					}
				}()
				return here, nil
			}
			rt := k.to(t, origin, func(h *http.Transport) { h.DialContext, h.DialTLSContext = dial, dial })
			get(t, rt, origin+"/")
			if got := [2]string{dialled, host}; got != want {
				t.Errorf("%s: %q, want %q", origin, got, want)
			}
		})
	}
}
