package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"gateway/configs"
)

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // the authority's own certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), "ca.pem")}
	a.key = newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue writes a certificate for name and its key to files.
func (a *authority) issue(t *testing.T, name string, serial int64, certFile, keyFile string) {
	t.Helper()
	a.issueUntil(t, name, serial, time.Now().Add(time.Hour), certFile, keyFile)
}

func (a *authority) issueUntil(t *testing.T, name string, serial int64, end time.Time, certFile, keyFile string) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: end,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, keyFile, "PRIVATE KEY", keyDER)
	writePEM(t, certFile, "CERTIFICATE", der)
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// shown returns the certificate that a handshake with the gateway shows.
func shown(t *testing.T, address string, config *tls.Config) (*x509.Certificate, error) {
	t.Helper()
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// TestBrokenCertificateChangesNothing: files that do not fit, as while one of them is not written yet, leave the old pair.
func TestBrokenCertificateChangesNothing(t *testing.T) {
	dir := t.TempDir()
	files := configs.TLSFiles{Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key")}
	newAuthority(t).issue(t, "gateway.test", 2, files.Cert, files.Key)
	c, err := newFileCertificate(files, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	before := c.current.Load()
	newAuthority(t).issue(t, "gateway.test", 3, files.Cert, filepath.Join(dir, "elsewhere"))
	if c.reload(); c.current.Load() != before {
		t.Error("a certificate without its key is served")
	}
}

// TestFileCertificateIsReadAgain: a new pair is served without a restart, and the metric tells when it ends.
func TestFileCertificateIsReadAgain(t *testing.T) {
	ca := newAuthority(t)
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	ca.issue(t, "gateway.test", 2, cert, key)
	g := startGateway(t, fmt.Sprintf("tls: {files: {cert: %s, key: %s}}\n", cert, key)+upstreamAt(echo(t).URL))
	address := strings.TrimPrefix(g.callers, "http://")
	config := &tls.Config{RootCAs: ca.pool(), ServerName: "gateway.test", NextProtos: []string{"h2"}}
	serial := func() int64 {
		leaf, err := shown(t, address, config)
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	if n := serial(); n != 2 {
		t.Fatalf("serves certificate %d", n)
	}
	ca.issue(t, "gateway.test", 3, cert, key)
	if !eventually(t, func() bool { return serial() == 3 }) {
		t.Error("the new certificate is not served")
	}
	if _, text := get(t, g.admin+"/metrics"); !strings.Contains(text, `gateway_certificate_expiry_timestamp_seconds{name="gateway.test"} 1.`) {
		t.Error("the metric does not tell when the certificate ends")
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + address + "/up/x")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "/x" || resp.ProtoMajor != 2 {
		t.Errorf("%s answered %q, %v", resp.Proto, body, err)
	}
}

// TestClientAuthorities: a caller needs a certificate that the file's authorities signed, and a new file counts.
func TestClientAuthorities(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	ca.issue(t, "gateway.test", 2, cert, key)
	authorities := filepath.Join(dir, "clients.pem")
	writePEM(t, authorities, "CERTIFICATE", ca.cert.Raw)
	g := startGateway(t, fmt.Sprintf("tls: {files: {cert: %s, key: %s}, client_ca: %s}\n", cert, key, authorities)+upstreamAt(echo(t).URL))
	ask := func(by *authority) error {
		config := &tls.Config{RootCAs: ca.pool(), ServerName: "gateway.test"}
		if by != nil {
			certFile, keyFile := filepath.Join(t.TempDir(), "c"), filepath.Join(t.TempDir(), "k")
			by.issue(t, "caller", 9, certFile, keyFile)
			pair, err := tls.LoadX509KeyPair(certFile, keyFile)
			if err != nil {
				t.Fatal(err)
			}
			config.Certificates = []tls.Certificate{pair}
		}
		client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
		resp, err := client.Get("https" + strings.TrimPrefix(g.callers, "http") + "/up/x")
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := ask(ca); err != nil {
		t.Errorf("a good certificate: %v", err)
	}
	if ask(nil) == nil || ask(other) == nil {
		t.Error("a caller without a good certificate got in")
	}
	writePEM(t, authorities, "CERTIFICATE", other.cert.Raw)
	if !eventually(t, func() bool { return ask(other) == nil }) {
		t.Error("the new authorities do not count")
	}
	if ask(ca) == nil {
		t.Error("the old authorities still count")
	}
}
