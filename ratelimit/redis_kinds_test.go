package ratelimit_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gateway/ratelimit"
	"gateway/servertest"
)

// counts sends what a limit of three an hour allows, on several quota keys, and no more.
func counts(t *testing.T, m *member, keys ...string) {
	t.Helper()
	for _, key := range keys {
		for range 3 {
			acquire(t, m, ratelimit.Request{Key: key, MaxWait: 10 * time.Second}).Done()
		}
		refused(t, second(m.Acquire(t.Context(), ratelimit.Request{Key: key})))
	}
	if !m.store.Status().Up {
		t.Error("the store refuses the scripts")
	}
}

// threeAnHour holds two windows, so that a script has several keys.
func threeAnHour() ratelimit.Settings {
	return limits(2, ratelimit.Limit{Requests: 3, Per: time.Hour}, ratelimit.Limit{Requests: 9, Per: 24 * time.Hour})
}

// TestAClusterCounts: a script whose keys lay in several slots would be refused; quota keys are spread over the nodes.
func TestAClusterCounts(t *testing.T) {
	t.Parallel()
	nodes := make([]*redisServer, 3)
	buses := make([]string, 3)
	for i := range nodes {
		buses[i] = strconv.Itoa(servertest.Port(t))
		nodes[i] = startRedis(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "5000", "--cluster-port", buses[i])
		nodes[i].Ask(t, "cluster", "addslotsrange", fmt.Sprint(i*16384/3), fmt.Sprint((i+1)*16384/3-1))
	}
	for i, node := range nodes[1:] {
		nodes[0].Ask(t, "cluster", "meet", "127.0.0.1", portOf(node.Address), buses[i+1])
	}
	for _, node := range nodes {
		eventually(t, "the Cluster is ready", func() bool {
			info := node.Ask(t, "cluster", "info")
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	m := join(t, nodes[0].url()+"?addr="+nodes[1].Address, threeAnHour())
	eventually(t, "it counts there", func() bool { return m.store.Status().Gateways == 1 })
	var keys []string
	for i := range 12 {
		keys = append(keys, fmt.Sprint("tenant-", i))
	}
	counts(t, m, keys...)
	for i, node := range nodes {
		if !strings.Contains(node.Ask(t, "keys", "gateway:*"), "gateway:") {
			t.Errorf("node %d has no part of %d quota keys", i, len(keys))
		}
	}
}

// TestSentinelsFailOver: gateways find the one that Sentinel makes the master, and count together again there.
func TestSentinelsFailOver(t *testing.T) {
	t.Parallel()
	master := startRedis(t)
	replica := startRedis(t, "--replicaof", "127.0.0.1 "+portOf(master.Address))
	eventually(t, "the replica follows", func() bool { return strings.Contains(replica.Ask(t, "info", "replication"), "master_link_status:up") })
	sentinel := startSentinel(t, master)
	eventually(t, "Sentinel knows of the replica", func() bool {
		return strings.Contains(sentinel.Ask(t, "sentinel", "replicas", "gateways"), portOf(replica.Address))
	})
	all := joinAll(t, sentinel.url()+"?master_name=gateways", 2, threeAnHour(), joinHasty)
	counts(t, all[0], "before")
	master.Kill()
	for i, m := range all {
		acquire(t, m, ratelimit.Request{Key: fmt.Sprint("meanwhile-", i), MaxWait: 10 * time.Second}).Done()
		eventually(t, fmt.Sprintf("gateway %d notices", i), func() bool { return m.outages.Load() > 0 })
	}
	for i, m := range all {
		eventually(t, fmt.Sprintf("gateway %d counts at the new master", i), func() bool { return m.store.Status().Up })
	}
	if role := replica.Ask(t, "role"); !strings.HasPrefix(role, "master") {
		t.Errorf("the replica is %s", role)
	}
}

// startSentinel watches a master.
func startSentinel(t *testing.T, master *redisServer) *redisServer {
	t.Helper()
	address, file := servertest.Address(t), filepath.Join(t.TempDir(), "sentinel.conf")
	text := "bind 127.0.0.1\nport " + portOf(address) + "\nsentinel monitor gateways 127.0.0.1 " + portOf(master.Address) + " 1\n" +
		"sentinel down-after-milliseconds gateways 1000\nsentinel failover-timeout gateways 5000\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &redisServer{servertest.Start(t, address, servertest.StoreProgram(), file, "--sentinel")}
}

// TestTLSAndPassword: the authority comes with the URL; without it, or without the password, the store fails.
func TestTLSAndPassword(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certificate(t, folder)
	file := func(name string) string { return filepath.Join(folder, name) }
	address := servertest.Address(t)
	startRedis(t, "--tls-port", portOf(address), "--tls-cert-file", file("cert.pem"), "--tls-key-file", file("key.pem"),
		"--tls-ca-cert-file", file("cert.pem"), "--tls-auth-clients", "no", "--requirepass", "geheim")
	trusted := "?ca=" + url.QueryEscape(file("cert.pem"))
	m := join(t, "rediss://:geheim@"+address+trusted, threeAnHour())
	eventually(t, "it counts there", func() bool { return m.store.Status().Gateways == 1 })
	counts(t, m, "tenant")
	for _, c := range []struct{ what, url, says string }{
		{"unknown authority", "rediss://:geheim@" + address, "name the authority with ca="},
		{"wrong password", "rediss://:other@" + address + trusted, "user or password of the URL are wrong"},
		{"no password", "rediss://" + address + trusted, "it wants a password, which the URL lacks"},
		{"no TLS", "redis://:geheim@" + address, ""}, // it hangs up
	} {
		m := join(t, c.url, threeAnHour())
		eventually(t, c.what+": the store is found to fail", func() bool { return m.outages.Load() > 0 })
		if why := m.why.Load().(string); !strings.Contains(why, c.says) {
			t.Errorf("%s: %s", c.what, why)
		}
	}
}

// certificate writes one that signed itself.
func certificate(t *testing.T, folder string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
