package proxy_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gateway/credentials"
	"gateway/problem"
	"gateway/proxy"
	"gateway/servertest"
)

// forwardProxy is a proxy that tunnels, and forwards what comes whole. It writes down what it was asked for.
type forwardProxy struct {
	*httptest.Server
	asked chan string
}

func startForwardProxy(t *testing.T, start func(*httptest.Server)) *forwardProxy {
	t.Helper()
	p := &forwardProxy{asked: make(chan string, 100)}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := proxyUser(r)
		p.asked <- r.Method + " " + r.RequestURI + " " + user + ":" + password
		switch {
		case password == "wrong":
			w.WriteHeader(http.StatusProxyAuthRequired)
		case strings.Contains(r.Host, "down"):
			w.WriteHeader(http.StatusBadGateway)
		case r.Method == http.MethodConnect:
			carry(w, strings.Replace(r.Host, "vendor.example", "127.0.0.1", 1))
		default:
			_, _ = io.WriteString(w, "forwarded")
		}
	}))
	p.Config.ErrorLog = quiet
	start(p.Server)
	t.Cleanup(p.Close)
	return p
}

func proxyUser(r *http.Request) (user, password string, ok bool) {
	as := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	return as.BasicAuth()
}

// carry connects the caller of a CONNECT with address.
func carry(w http.ResponseWriter, address string) {
	there, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(there, here)
		there.Close()
	}()
	_, _ = io.Copy(here, there)
	here.Close()
}

// TestForwardProxy carries https through a tunnel, with the names left to the proxy, and http as whole requests.
func TestForwardProxy(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "secure") }))
	t.Cleanup(secure.Close)
	ca := certificateFile(t, secure)
	trusting := func(u *proxy.Upstream) { u.TLS = proxy.UpstreamTLS{CA: ca, ServerName: "example.com"} }
	for _, start := range []func(*httptest.Server){(*httptest.Server).Start, (*httptest.Server).StartTLS} {
		p := startForwardProxy(t, start)
		through := func(user string) func(*proxy.Upstream) {
			return func(u *proxy.Upstream) { u.Proxy = credentials.Secret(strings.Replace(p.URL, "://", "://"+user, 1)) }
		}
		for _, c := range []struct {
			url, user, body, asked string
		}{
			{named(secure.URL), "", "secure", "CONNECT " + strings.TrimPrefix(named(secure.URL), "https://") + " :"},
			{named(secure.URL), "me:let%20in@", "secure", "CONNECT " + strings.TrimPrefix(named(secure.URL), "https://") + " me:let in"},
			{"http://vendor.example/a", "me:in@", "forwarded", "GET http://vendor.example/a/x?q=1 me:in"},
		} {
			a := startGateway(t, to(c.url, through(c.user), trusting)).get(t, "/up/x?q=1")
			if asked := servertest.Receive(t, p.asked, "a question of the proxy"); a.body != c.body || asked != c.asked {
				t.Errorf("%s: %q, the proxy was asked %q, want %q", c.url, a.body, asked, c.asked)
			}
		}
		for _, c := range []struct {
			url, user, status string
			fault             problem.Fault
		}{
			{"https://vendor.example", "me:wrong@", "proxy_configuration_error", problem.FaultGateway},
			{"https://down.example", "", "destination_unavailable", problem.FaultVendor},
		} {
			a := startGateway(t, to(c.url, through(c.user), trusting, once)).get(t, "/up/x")
			if p := a.problem(t); p.Code != problem.UpstreamUnreachable || p.Fault != c.fault || a.Header.Get("Proxy-Status") != "gateway; error="+c.status {
				t.Errorf("%s: %+v, %s", c.url, p, a.Header.Get("Proxy-Status"))
			}
			if strings.Contains(a.body, "wrong") {
				t.Errorf("the proxy's password is in %s", a.body)
			}
			servertest.Receive(t, p.asked, "a question of the proxy")
		}
	}
	a := startGateway(t, to("https://vendor.example", func(u *proxy.Upstream) { u.Proxy = "http://127.0.0.1:1" })).get(t, "/up/x")
	if p := a.problem(t); p.Fault != problem.FaultGateway || !strings.Contains(p.Detail, "forward proxy") {
		t.Errorf("%+v", p)
	}
}

// TestConnectionsThatLogInAreNotShared is trap 70 for callers that bring NTLM or Negotiate themselves.
func TestConnectionsThatLogInAreNotShared(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	g := startGateway(t, to(v.URL))
	loggedIn := map[string]bool{}
	for range 5 {
		for _, scheme := range []string{"Negotiate YII=", "ntlm TlRM", "Basic YTpi", ""} {
			address := g.get(t, "/up/x", "Authorization: "+scheme).body
			if loggedIn[address] {
				t.Errorf("%q came on a connection that was logged in", scheme)
			}
			loggedIn[address] = strings.HasPrefix(strings.ToLower(scheme), "n")
		}
	}
}
