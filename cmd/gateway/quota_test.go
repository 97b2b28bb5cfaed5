package main

import (
	"cmp"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// startRedis starts a Redis of the test's own and returns its address.
func startRedis(t *testing.T) (address string, kill func()) {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv("STORE"), "redis-server"))
	if err != nil {
		t.Skip("no redis-server: make deps installs it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	server := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--requirepass", "geheim", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}
	t.Cleanup(kill)
	return address, kill
}

// metric waits until a line stands in a gateway's metrics.
func metric(t *testing.T, g testGateway, line string) {
	t.Helper()
	text := ""
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		resp, err := http.Get(g.admin + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if text = string(body); strings.Contains(text, "\n"+line+"\n") {
			return
		}
	}
	t.Fatalf("%q is not in the metrics:\n%s", line, text)
}

// says is a gateway's answer to a consumer.
func says(t *testing.T, g testGateway, consumer string) string {
	t.Helper()
	_, body := codeOf(t, g.callers+"/up/x", consumer)
	return body
}

// became waits until something is so.
func became(t *testing.T, what string, is func() bool) {
	t.Helper()
	if !eventually(t, is) {
		t.Fatalf("%s: it did not come to that", what)
	}
}

// TestTwoGatewaysShareOneQuota: what one has sent, the other may not, also when the store has forgotten it; without the store they
// go on. Both show in the metrics.
func TestTwoGatewaysShareOneQuota(t *testing.T) {
	t.Parallel() // it waits
	vendor := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer vendor.Close()
	address, kill := startRedis(t)
	config := "quota: {store: redis, url: 'redis://:geheim@" + address + "'}\n" +
		"consumers: {identify: 'header:X-Consumer', weights: {batch: 1}}\nupstreams: {up: {url: '" + vendor.URL + "', throttle: {limits: [{requests: 6, per: 1h}], max_wait: 0s}}}"
	a, b := startGateway(t, config), startGateway(t, config)
	for _, g := range []testGateway{a, b} {
		metric(t, g, "gateway_quota_gateways 2")
		metric(t, g, "gateway_quota_store_up 1")
	}
	sent := map[string]int{}
	for i := range 20 {
		code, _ := codeOf(t, []testGateway{a, b}[i%2].callers+"/up/x", "")
		sent[code]++
	}
	if sent[""] != 6 || sent["throttled"] != 14 {
		t.Errorf("%v: two gateways let through what is not 6 an hour", sent)
	}
	order := func(verb, reason string) {
		t.Helper()
		resp, err := http.Post(a.admin+"/api/v1/upstreams/up/"+verb, "application/json", strings.NewReader(`{"consumer":"batch","reason":"`+reason+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", verb, resp.Status)
		}
	}
	order("pause", "it ran wild")
	became(t, "the pause holds at the other", func() bool { return strings.Contains(says(t, b, "batch"), "it ran wild") })
	order("resume", "")
	became(t, "its end does, too", func() bool { return !strings.Contains(says(t, b, "batch"), "it ran wild") })
	client := redis.NewClient(&redis.Options{Addr: address, Password: "geheim"})
	defer client.Close()
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for _, g := range []testGateway{a, b} {
		metric(t, g, "gateway_quota_store_losses_total 1")
		if code, body := codeOf(t, g.callers+"/up/x", ""); code != "throttled" {
			t.Errorf("after the store forgot the six: %s", body)
		}
	}
	kill()
	metric(t, a, "gateway_quota_store_up 0")
	metric(t, b, "gateway_quota_store_up 0")
}
