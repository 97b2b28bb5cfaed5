package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/letsencrypt/challtestsrv"
	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"gateway/configs"
	"gateway/credentials"
	"gateway/servertest"
)

// pebble is Let's Encrypt's test server with its bad nonces. It reaches challenges on two ports of this machine.
type pebble struct {
	*httptest.Server
	orders            atomic.Int64  // that were taken
	held              chan struct{} // orders wait until it is closed; nil: they do not
	rootFile          string        // of the directory's own certificate
	httpPort, tlsPort int
	domain            string // of this test alone, as certmagic knows the open challenges of a process by it
	authority         *ca.CAImpl
}

const accountKeyID = "account-1"

var accountKey = base64.RawURLEncoding.EncodeToString([]byte("the key of an account at the issuer"))

// startPebble serves certificates that live for so long. With bound, only accounts with accountKey get them.
func startPebble(t *testing.T, life time.Duration, bound bool) *pebble {
	t.Helper()
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	if err := store.AddExternalAccountKeyByID(accountKeyID, accountKey); err != nil {
		t.Fatal(err)
	}
	p := &pebble{httpPort: servertest.Port(t), tlsPort: servertest.Port(t)}
	p.domain = fmt.Sprintf("gateway-%d.test", p.httpPort)
	p.authority = ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {ValidityPeriod: uint64(life.Seconds())}})
	validator := va.New(quiet, p.httpPort, p.tlsPort, true, startDNS(t), store)
	front := wfe.New(quiet, store, validator, p.authority, []string{"pebble.test"}, true, bound, 1, 1)
	handler := front.Handler()
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/order-plz" {
			handler.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if answer.Code == http.StatusCreated { // and not a bad nonce
			p.orders.Add(1)
			if p.held != nil {
				<-p.held
			}
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = answer.Body.WriteTo(w)
	}))
	p.Config.ErrorLog = quiet
	p.StartTLS()
	t.Cleanup(p.Close)
	p.rootFile = filepath.Join(t.TempDir(), "directory.pem")
	writePEM(t, p.rootFile, "CERTIFICATE", p.Certificate().Raw)
	return p
}

// startDNS resolves every name to this machine.
func startDNS(t *testing.T) string {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", servertest.Port(t))
	server, err := challtestsrv.New(challtestsrv.Config{DNSAddrs: []string{address}, Log: log.New(io.Discard, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	server.SetDefaultDNSIPv4("127.0.0.1")
	server.SetDefaultDNSIPv6("")
	go server.Run()
	t.Cleanup(server.Shutdown)
	return address
}

// config asks pebble for a certificate by one challenge.
func (p *pebble) config(challenge string) configs.ACME {
	return configs.ACME{
		Domains: []string{p.domain}, CA: p.URL + wfe.DirectoryPath, CARoot: p.rootFile, Challenge: challenge,
		HTTPPort: p.httpPort, TLSPort: p.tlsPort,
	}
}

// roots trust what pebble issues.
func (p *pebble) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.authority.GetRootCert(0).Cert)
	pool.AppendCertsFromPEM(p.authority.GetIntermediateCert(0).PEM())
	return pool
}

// served runs certificates until the test ends and returns where they are shown.
func served(t *testing.T, a *acmeCertificates) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", a.tlsConfig())
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- server.Serve(l) }()
	go func() { done <- a.run(ctx) }()
	t.Cleanup(func() {
		stop()
		server.Close()
		servertest.Receive(t, done, "the end of the server")
		servertest.Receive(t, done, "the end of the certificates' keeper")
	})
	return l.Addr().String()
}

// trusting verifies what is shown as of the time when it was issued: a machine may take longer than a certificate lives.
func (p *pebble) trusting() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: p.domain, VerifyConnection: func(s tls.ConnectionState) error { //nolint:gosec // VerifyConnection does
		leaf := s.PeerCertificates[0]
		pool := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			pool.AddCert(c)
		}
		_, err := leaf.Verify(x509.VerifyOptions{Roots: p.roots(), Intermediates: pool, DNSName: p.domain, CurrentTime: leaf.NotBefore})
		return err
	}}
}

// awaitCertificate returns the first certificate that is not the one with this serial number.
func (p *pebble) awaitCertificate(t *testing.T, address, other string) (serial string) {
	t.Helper()
	config := p.trusting()
	if !eventually(t, func() bool {
		leaf, err := shown(t, address, config)
		if err == nil {
			serial = leaf.SerialNumber.String()
		}
		return err == nil && serial != other
	}) {
		t.Fatal("no certificate has come")
	}
	return serial
}

func newCertificates(t *testing.T, cfg configs.ACME, storage certmagic.Storage, log *zap.Logger) *acmeCertificates {
	t.Helper()
	a, err := newACMECertificates(cfg, storage, 500*time.Millisecond, log)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestACMEChallenges fetches a certificate by each challenge, and with an account that the issuer knows.
func TestACMEChallenges(t *testing.T) {
	t.Parallel() // it waits
	for _, challenge := range []string{"http-01", "tls-alpn-01"} {
		t.Run(challenge, func(t *testing.T) {
			p := startPebble(t, time.Hour, challenge == "http-01")
			cfg := p.config(challenge)
			cfg.Account = &configs.EAB{KeyID: accountKeyID, MACKey: credentials.Secret(accountKey)}
			a := newCertificates(t, cfg, &certmagic.FileStorage{Path: t.TempDir()}, zap.NewNop())
			address := served(t, a)
			p.awaitCertificate(t, address, "")
			if left := time.Until(a.expiries()[p.domain]); left <= 0 || left > time.Hour {
				t.Errorf("the certificate ends in %s", left)
			}
		})
	}
}

// TestACMERenewalOutageAndRestart is trap 86: a certificate is renewed before it ends, goes on being served while the
// issuer is down, and survives a restart.
func TestACMERenewalOutageAndRestart(t *testing.T) {
	t.Parallel() // it waits
	p := startPebble(t, 12*time.Second, false)
	storage := &certmagic.FileStorage{Path: t.TempDir()}
	core, logged := observer.New(zap.InfoLevel)
	address := served(t, newCertificates(t, p.config("http-01"), storage, zap.New(core)))
	first := p.awaitCertificate(t, address, "")
	p.awaitCertificate(t, address, first)
	p.Close()
	const failure = "could not get certificate from issuer"
	before := logged.FilterMessage(failure).Len()
	if !eventually(t, func() bool { return logged.FilterMessage(failure).Len() > before }) {
		t.Fatal("no renewal was tried without the issuer")
	}
	last := p.awaitCertificate(t, address, first)
	restarted := served(t, newCertificates(t, p.config("http-01"), storage, zap.NewNop()))
	if got := p.awaitCertificate(t, restarted, ""); got != last {
		t.Errorf("after a restart it serves %s, not %s", got, last)
	}
}

// fullStorage is a folder that takes nothing while it is full.
type fullStorage struct {
	*certmagic.FileStorage
	full atomic.Bool
}

func (s *fullStorage) Store(ctx context.Context, key string, value []byte) error {
	if s.full.Load() {
		return errFull
	}
	return s.FileStorage.Store(ctx, key, value)
}

// TestACMEGoesOnAfterAFullDisk: once there is room a certificate is fetched, without a restart.
func TestACMEGoesOnAfterAFullDisk(t *testing.T) {
	t.Parallel() // it waits
	p := startPebble(t, time.Hour, false)
	storage := &fullStorage{FileStorage: &certmagic.FileStorage{Path: t.TempDir()}}
	storage.full.Store(true)
	core, logged := observer.New(zap.InfoLevel)
	address := served(t, newCertificates(t, p.config("http-01"), storage, zap.New(core)))
	if !eventually(t, func() bool { return logged.FilterMessageSnippet("nothing can be written to tls.storage").Len() > 1 }) {
		t.Fatal("nobody is told of the full disk")
	}
	storage.full.Store(false)
	p.awaitCertificate(t, address, "")
}

// TestGatewayOverACME serves an exchange with a certificate of pebble's.
func TestGatewayOverACME(t *testing.T) {
	t.Parallel() // it waits
	p := startPebble(t, time.Hour, false)
	g := startGateway(t, fmt.Sprintf("tls: {acme: {domains: [%s], ca: %q, ca_root: %s, challenge: http-01, http_port: %d, tls_port: %d}, storage: %s}\n",
		p.domain, p.URL+wfe.DirectoryPath, p.rootFile, p.httpPort, p.tlsPort, t.TempDir())+upstreamAt(echo(t).URL))
	address := strings.TrimPrefix(g.callers, "http://")
	p.awaitCertificate(t, address, "")
	client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.roots(), ServerName: p.domain}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + address + "/up/x")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
}
