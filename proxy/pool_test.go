package proxy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gateway/credentials"
	"gateway/proxy"
)

// TestCredentialsShareNoConnection is trap 70: what a connection proved to be is not lent to another credential, over
// HTTP/1.1 and HTTP/2.
func TestCredentialsShareNoConnection(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		v := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Header.Get("X-Key")+" "+r.RemoteAddr)
		}))
		v.EnableHTTP2 = http2
		v.StartTLS()
		t.Cleanup(v.Close)
		ca := certificateFile(t, v)
		s := to(v.URL, func(u *proxy.Upstream) {
			u.TLS.CA = ca
			for _, name := range []string{"alice", "bob"} {
				key := &credentials.Header{Name: "X-Key", Value: credentials.Secret("key-of-" + name)}
				u.Credentials = append(u.Credentials, credentials.Config{Consumer: name, Header: key})
			}
		})
		s.Consumers = proxy.ConsumersConfig{Identify: "header:X-Consumer", Weights: map[string]float64{"alice": 1, "bob": 1}}
		g := startGateway(t, s)
		owners := map[string]string{}
		for range 5 {
			for _, name := range []string{"alice", "bob"} {
				key, address, _ := strings.Cut(g.get(t, "/up/x", "X-Consumer: "+name).body, " ")
				if key != "key-of-"+name || owners[address] != "" && owners[address] != name {
					t.Errorf("%s came with %q on a connection of %q", name, key, owners[address])
				}
				owners[address] = name
			}
		}
		if len(owners) != 2 {
			t.Errorf("%d connections for two credentials", len(owners))
		}
	}
}
