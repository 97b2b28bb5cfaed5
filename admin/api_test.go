package admin_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"gateway/admin"
	"gateway/proxy"
)

func TestThePlaygroundTakesJSONAlone(t *testing.T) {
	json := map[string]string{"Content-Type": "application/json"}
	for name, c := range map[string]struct {
		call call
		code int
		word string
	}{
		"a question":       {call{"POST", "/api/v1/explain", json, `{"profile":"akeneo","answer":"HTTP/1.1 404"}`}, 200, "of akeneo"},
		"a wrong question": {call{"POST", "/api/v1/explain", json, `{"profile":"akeneo"}`}, 400, "paste an answer"},
		"no JSON":          {call{"POST", "/api/v1/explain", json, `{`}, 400, "JSON"},
		"an unknown word":  {call{"POST", "/api/v1/explain", json, `{"profle":""}`}, 400, "profle"},
		"a form": {
			call{"POST", "/api/v1/explain", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, `answer=x`}, 415, "application/json",
		},
		"a text": {call{"POST", "/api/v1/explain", map[string]string{"Content-Type": "text/plain"}, `{}`}, 415, "application/json"},
		"too much": {
			call{"POST", "/api/v1/explain", json, `{"answer":"` + strings.Repeat("x", 2<<20) + `"}`}, 413, "1 MiB",
		},
		"another site": {
			call{"POST", "/api/v1/explain", map[string]string{"Content-Type": "application/json", "Origin": "https://evil.example"}, `{}`}, 403, "",
		},
		"another site that pauses": {
			call{"POST", "/api/v1/upstreams/akeneo/pause", map[string]string{"Content-Type": "application/json", "Origin": "https://evil.example"}, `{"reason":"x"}`}, 403, "",
		},
		"a form that pauses": {
			call{"POST", "/api/v1/upstreams/akeneo/pause", map[string]string{"Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site"}, `{"reason":"x"}`}, 403, "",
		},
		"a rebound name that cools down": {
			call{"POST", "/api/v1/upstreams/akeneo/cooldown", map[string]string{"Content-Type": "application/json", "Host": "evil.example"}, `{"for":"5m","reason":"x"}`}, 403, "",
		},
		"a rebound name": {
			call{"POST", "/api/v1/explain", map[string]string{"Content-Type": "application/json", "Host": "evil.example"}, `{}`}, 403, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			resp, body := listen(t, nil).send(t, c.call)
			if resp.StatusCode != c.code || !strings.Contains(body, c.word) {
				t.Errorf("%s: %s", resp.Status, body)
			}
		})
	}
}

// A rebound name must not read what failed either.
func TestOtherSitesCannotRead(t *testing.T) {
	for _, path := range []string{"/api/v1/status", "/api/v1/events", "/api/v1/failures", "/api/v1/occurrences?id=1", "/api/v1/profiles"} {
		resp, body := listen(t, nil).send(t, call{"GET", path, map[string]string{"Host": "evil.example"}, ""})
		if resp.StatusCode != http.StatusForbidden || strings.Contains(body, "{") {
			t.Errorf("%s: %s: %s", path, resp.Status, body)
		}
	}
}

// follow reads the kinds of the events until it has seen them all.
func follow(t *testing.T, l *listener, then func(), kinds ...string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := l.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	lines, others := bufio.NewScanner(resp.Body), 0
	for lines.Scan() && others < 10 {
		kind, isKind := strings.CutPrefix(lines.Text(), "event: ")
		if !isKind {
			continue
		}
		if kind != kinds[0] {
			others++
			continue
		}
		if kinds = kinds[1:]; len(kinds) == 0 {
			return
		}
		then()
	}
	t.Errorf("%v did not come, but %d other events", kinds, others)
}

func TestEventsTellWhatChanges(t *testing.T) {
	l := listen(t, nil)
	follow(t, l, func() { l.ring.Observe(failed(1, "words")) }, "status", "failures", "status")
}

// What happens while a stream begins is told by it: a reader that has the first status knows of it or will.
func TestEventsMissNothingAtTheirBeginning(t *testing.T) {
	var began atomic.Bool
	var l *listener
	l = listen(t, func(c *admin.Config) {
		c.Ring = newRing(t, admin.Limits{})
		status := c.Status
		c.Status = func() proxy.Status {
			if !began.Swap(true) { // observing asks for the status too
				l.observe(t, 1, failed(1, "words"))
			}
			return status()
		}
	})
	follow(t, l, func() {}, "status", "failures")
}

// A server that drains waits for what it is answering; a page that is open must not hold it up.
func TestHangupEndsStreams(t *testing.T) {
	l := listen(t, nil)
	resp, err := l.Client().Get(l.URL + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	l.ring.Hangup()
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Error(err)
	}
	resp, body := l.send(t, call{"GET", "/api/v1/events", nil, ""})
	if resp.StatusCode != http.StatusOK || strings.Count(body, "event: ") != 1 {
		t.Errorf("a stream that begins then: %s: %s", resp.Status, body)
	}
}

func TestSuccessesChangeNoFailures(t *testing.T) {
	l := listen(t, nil)
	follow(t, l, func() {
		for range 100 {
			l.ring.Observe(proxy.Exchange{Upstream: "akeneo", Code: 200})
		}
	}, "status", "status")
	if kept := l.groups(t, "").Total; kept != 0 {
		t.Errorf("%d groups", kept)
	}
}
