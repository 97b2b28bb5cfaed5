package proxy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gateway/problem"
	"gateway/proxy"
)

// identity writes a self-signed certificate and its key to files.
func identity(t *testing.T, name string) proxy.UpstreamTLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := proxy.UpstreamTLS{Cert: filepath.Join(t.TempDir(), "cert.pem"), Key: filepath.Join(t.TempDir(), "key.pem")}
	for file, block := range map[string]*pem.Block{files.Cert: {Type: "CERTIFICATE", Bytes: der}, files.Key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// demanding is a vendor with TLS of its own kind, that answers with who its caller is.
func demanding(t *testing.T, http2 bool, config *tls.Config) *httptest.Server {
	t.Helper()
	v := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if shown := r.TLS.PeerCertificates; len(shown) > 0 {
			name = shown[0].Subject.CommonName
		}
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, name+" "+r.RemoteAddr)
	}))
	v.EnableHTTP2, v.TLS, v.Config.ErrorLog = http2, config, quiet
	v.StartTLS()
	t.Cleanup(v.Close)
	return v
}

// TestClientCertificates keep connections apart (trap 70), over HTTP/1.1 and HTTP/2.
func TestClientCertificates(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		v := demanding(t, http2, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
		ca := certificateFile(t, v)
		s := proxy.Settings{}
		for _, name := range []string{"alice", "bob"} {
			u := proxy.Upstream{Name: name, UpstreamConfig: proxy.UpstreamConfig{URL: v.URL}}
			u.TLS = identity(t, name)
			u.TLS.CA = ca
			s.Upstreams = append(s.Upstreams, u)
		}
		g := startGateway(t, s)
		owners := map[string]string{}
		for range 5 {
			for _, name := range []string{"alice", "bob"} {
				seen, address, _ := strings.Cut(g.get(t, "/"+name+"/x").body, " ")
				if seen != name || owners[address] != "" && owners[address] != name {
					t.Errorf("%s came as %s on a connection of %s", name, seen, owners[address])
				}
				owners[address] = name
			}
		}
	}
}

// TestDemandForAClientCertificateIsAlwaysToldAsSuch, where none is configured: in TLS 1.3 the alert comes after the
// handshake, and what net/http tells of it is a race.
func TestDemandForAClientCertificateIsAlwaysToldAsSuch(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"fast", "std"} {
		for _, http2 := range []bool{false, true} {
			for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				v := demanding(t, http2, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: version})
				g := startGateway(t, to(v.URL, func(u *proxy.Upstream) { u.TLS.CA, u.Transport = certificateFile(t, v), transport }))
				for range 50 {
					a := g.get(t, "/up/x")
					p := a.problem(t)
					if p.Code != problem.UpstreamUnreachable || p.Status != 502 || p.Fault != problem.FaultGateway || p.Retryable ||
						!strings.Contains(p.Detail, "sets tls.cert and tls.key") || a.Header.Get("Proxy-Status") != "gateway; error=tls_protocol_error" {
						t.Fatalf("%s, HTTP/2 %t, TLS %x: %+v, %v", transport, http2, version, p, a.Header)
					}
					if x := g.ended(t); len(x.Attempts) != 1 {
						t.Fatalf("%d attempts", len(x.Attempts))
					}
				}
			}
		}
	}
}

// TestRefusalOfAClientCertificateIsAlwaysToldAsSuch, whether the vendor looks at it, or names authorities of which none
// signed it.
func TestRefusalOfAClientCertificateIsAlwaysToldAsSuch(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]*tls.Config{
		"it is looked at": {ClientAuth: tls.RequireAnyClientCert, VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error { return errors.New("no") }},
		"of an authority": {ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ofAnotherAuthority(t)},
	} {
		for _, transport := range []string{"fast", "std"} {
			for _, http2 := range []bool{false, true} {
				for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
					config := config.Clone()
					config.MaxVersion = version
					v := demanding(t, http2, config)
					g := startGateway(t, to(v.URL, func(u *proxy.Upstream) {
						u.TLS, u.Transport = identity(t, "alice"), transport
						u.TLS.CA = certificateFile(t, v)
					}))
					for range 50 {
						a := g.get(t, "/up/x")
						p := a.problem(t)
						if p.Code != problem.UpstreamCredentialsRejected || p.Status != 502 || p.Fault != problem.FaultCredentials || p.Retryable ||
							!strings.Contains(p.Detail, "tls.cert") || a.Header.Get("Proxy-Status") != "gateway; error=tls_alert_received" {
							t.Fatalf("%s, %s, HTTP/2 %t, TLS %x: %+v, %v", name, transport, http2, version, p, a.Header)
						}
						if x := g.ended(t); len(x.Attempts) != 1 {
							t.Fatalf("%d attempts", len(x.Attempts))
						}
					}
				}
			}
		}
	}
}

func ofAnotherAuthority(t *testing.T) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(identity(t, "another").Cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

// TestWishForAClientCertificateIsNoDemand: a vendor that asks for one and answers, without or with it, is not to blame it
// on that when a connection breaks.
func TestWishForAClientCertificateIsNoDemand(t *testing.T) {
	v := demanding(t, false, &tls.Config{ClientAuth: tls.RequestClientCert})
	for name, shown := range map[string]proxy.UpstreamTLS{"nobody": {}, "alice": identity(t, "alice")} {
		shown.CA = certificateFile(t, v)
		g := startGateway(t, to(v.URL, once, func(u *proxy.Upstream) { u.TLS = shown }))
		if a := g.get(t, "/up/x"); !strings.HasPrefix(a.body, name+" ") {
			t.Fatal(a.body)
		}
		for range 2 { // the second time on a new connection, for which it asks again
			if p := g.get(t, "/up/broken").problem(t); p.Code != problem.UpstreamInvalidResponse {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}
