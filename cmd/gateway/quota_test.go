package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"gateway/servertest"
)

// startRedis starts a Redis of the test's own, with a password.
func startRedis(t *testing.T) *servertest.Server {
	t.Helper()
	return servertest.StartStore(t, "--requirepass", "geheim")
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
	store := startRedis(t)
	config := "quota: {store: redis, url: 'redis://:geheim@" + store.Address + "'}\n" +
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
	client := redis.NewClient(&redis.Options{Addr: store.Address, Password: "geheim"})
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
	store.Kill()
	metric(t, a, "gateway_quota_store_up 0")
	metric(t, b, "gateway_quota_store_up 0")
}
