package proxy_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"gateway/credentials"
	"gateway/problem"
	"gateway/proxy"
)

// socksProxy is a forward proxy of RFC 1928 that knows one name, and writes down what it was asked for.
type socksProxy struct {
	address string
	asked   chan string
}

func startSOCKS(t *testing.T) *socksProxy {
	t.Helper()
	p := &socksProxy{asked: make(chan string, 100)}
	p.address = strings.TrimPrefix(startRawVendor(t, p.serve).URL, "http://")
	return p
}

// serve reads the greeting, the login of RFC 1929 where one is offered, and a request to connect.
func (p *socksProxy) serve(conn net.Conn) {
	login := ""
	if methods := readText(conn, 1); strings.Contains(methods, "\x02") {
		_, _ = io.WriteString(conn, "\x05\x02")
		login = readText(conn, 1) + ":" + readText(conn, 0)
	}
	if strings.HasSuffix(login, ":wrong") {
		_, _ = io.WriteString(conn, "\x01\x01")
		return
	}
	_, _ = io.WriteString(conn, map[bool]string{true: "\x05\x00", false: "\x01\x00"}[login == ""])
	target := readTarget(conn)
	p.asked <- strings.TrimSpace(target + " " + login)
	there, err := net.Dial("tcp", strings.Replace(target, "vendor.example", "127.0.0.1", 1))
	if err != nil {
		_, _ = io.WriteString(conn, "\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00")
		return
	}
	_, _ = io.WriteString(conn, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	go func() {
		_, _ = io.Copy(there, conn)
		there.Close()
	}()
	_, _ = io.Copy(conn, there)
}

// readText reads a text behind its length, which stands behind so many other bytes.
func readText(r io.Reader, behind int) string {
	head := make([]byte, behind+1)
	_, _ = io.ReadFull(r, head) // of a conversation that broke off nothing is asked
	text := make([]byte, head[behind])
	_, _ = io.ReadFull(r, text)
	return string(text)
}

// readTarget reads a request to connect, with an address or a name in it.
func readTarget(r io.Reader) string {
	head, port := make([]byte, 4), make([]byte, 2)
	_, _ = io.ReadFull(r, head)
	var host string
	if size := map[byte]int{1: 4, 4: 16}[head[3]]; size > 0 {
		raw := make([]byte, size)
		_, _ = io.ReadFull(r, raw)
		address, _ := netip.AddrFromSlice(raw)
		host = address.String()
	} else {
		host = readText(r, 0)
	}
	_, _ = io.ReadFull(r, port)
	return net.JoinHostPort(host, fmt.Sprint(binary.BigEndian.Uint16(port)))
}

// throughSOCKS gives an upstream a forward proxy of a scheme, perhaps with user:password@.
func throughSOCKS(p *socksProxy, scheme, user string) func(*proxy.Upstream) {
	return func(u *proxy.Upstream) { u.Proxy = credentials.Secret(scheme + "://" + user + p.address) }
}

// knows looks one name up.
func knows(address string) func(context.Context, string, string) ([]netip.Addr, error) {
	return func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if host != "vendor.example" {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return []netip.Addr{netip.MustParseAddr(address)}, nil
	}
}

// TestSOCKS carries http and https, with the names looked up here or left to the proxy.
func TestSOCKS(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "secure") }))
	t.Cleanup(secure.Close)
	ca := certificateFile(t, secure)
	trusting := func(u *proxy.Upstream) { u.TLS = proxy.UpstreamTLS{CA: ca, ServerName: "example.com"} }
	plain, p := startRecorder(t), startSOCKS(t)
	for url, body := range map[string]string{plain.URL: "ok", secure.URL: "secure"} {
		_, host, _ := strings.Cut(url, "://")
		for _, c := range []struct{ url, scheme, user, asked string }{
			{named(url), "socks5", "", host},
			{named(url), "socks5h", "", named(host)},
			{named(url), "socks5h", "me:let%20in@", named(host) + " me:let in"},
			{url, "socks5h", "", host},
		} {
			g := startGateway(t, to(c.url, throughSOCKS(p, c.scheme, c.user), trusting))
			g.shared.LookUpWith(knows("127.0.0.1"))
			a := g.get(t, "/up/x")
			if a.body != body {
				t.Fatalf("%s through %s: %s %s", c.url, c.scheme, a.Status, a.body)
			}
			if asked := <-p.asked; asked != c.asked {
				t.Errorf("%s through %s: the proxy was asked for %q, want %q", c.url, c.scheme, asked, c.asked)
			}
		}
	}
}

// TestSOCKSFailures tells who is to blame: the proxy, what is behind it, or a name that leads inside (trap 71).
func TestSOCKSFailures(t *testing.T) {
	t.Parallel()
	p := startSOCKS(t)
	for name, c := range map[string]struct {
		url, scheme, user, leadsTo, status string
		fault                              problem.Fault
	}{
		"a wrong password":   {"https://vendor.example:1", "socks5h", "me:wrong@", "", "proxy_configuration_error", problem.FaultGateway},
		"nothing behind it":  {"https://vendor.example:1", "socks5h", "", "", "destination_unavailable", problem.FaultVendor},
		"an unknown name":    {"https://other.example:1", "socks5", "", "127.0.0.1", "dns_error", problem.FaultVendor},
		"a name to metadata": {"http://vendor.example", "socks5", "", "169.254.169.254", "destination_ip_prohibited", problem.FaultGateway},
	} {
		g := startGateway(t, to(c.url, throughSOCKS(p, c.scheme, c.user), once))
		g.shared.LookUpWith(knows(c.leadsTo))
		a := g.get(t, "/up/x")
		if got := a.problem(t); got.Code != problem.UpstreamUnreachable || got.Fault != c.fault || a.Header.Get("Proxy-Status") != "gateway; error="+c.status {
			t.Errorf("%s: %+v, %s", name, got, a.Header.Get("Proxy-Status"))
		}
		if strings.Contains(a.body, "wrong") {
			t.Errorf("%s: the password is in %s", name, a.body)
		}
	}
	if asked := <-p.asked; asked != "vendor.example:1" || len(p.asked) > 0 {
		t.Errorf("the proxy was asked for %q and %d more", asked, len(p.asked))
	}
	down := startGateway(t, to("https://vendor.example", func(u *proxy.Upstream) { u.Proxy = "socks5h://127.0.0.1:1" }, once)).get(t, "/up/x")
	if got := down.problem(t); got.Fault != problem.FaultGateway || !strings.Contains(got.Detail, "forward proxy") {
		t.Errorf("without a proxy: %+v", got)
	}
}
