package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"gateway/servertest"
)

func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel() // it waits
	posts := make(chan []byte, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && r.URL.Path == "/v1/traces" && r.Header.Get("X-Tenant") == "a" {
			posts <- body
		}
	}))
	t.Cleanup(collector.Close)
	g := startGateway(t, fmt.Sprintf(
		"upstreams: {akeneo: {url: http://127.0.0.1:1, profile: akeneo, retry: {attempts: 1}}}\ntraces: {otlp: %s/v1/traces, sample: 1, headers: {X-Tenant: a}}\n", collector.URL))
	get(t, g.callers+"/akeneo/some/path")
	body := servertest.Receive(t, posts, "a span")
	for _, word := range []string{"GET /akeneo/", "upstream-unreachable", "/akeneo/some/path", "http://127.0.0.1:1/some/path"} {
		if !bytes.Contains(body, []byte(word)) {
			t.Errorf("no %q in %q", word, body)
		}
	}
}

// A page that is open must not hold up the end of a gateway: its grace period is longer than any test may take.
func TestAnOpenPageHoldsUpNoDrain(t *testing.T) {
	t.Parallel() // it waits
	var page io.ReadCloser
	t.Cleanup(func() { page.Close() }) // when the gateway has ended: the last cleanup runs first
	g := startGateway(t, "upstreams: {akeneo: {url: http://127.0.0.1:1, profile: akeneo}}\ndrain: {announce: 1ms, grace: 1h}\n")
	resp, err := http.Get(g.admin + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	page = resp.Body
	if _, err := io.ReadFull(page, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
}
