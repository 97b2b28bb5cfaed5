package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gateway/admin"
	"gateway/problem"
	"gateway/problemtest"
	"gateway/proxy"
	"gateway/vendortest"
)

// pageGateway is a gateway before three pretend vendors that were called once for each request of the tour, and before
// one that no profile knows.
func pageGateway(t *testing.T) (testGateway, []seenProblem) {
	t.Helper()
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	strange := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req_"+r.URL.Query().Get("n"))
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, `{"oops":{"text":"Order %s is locked by 'user %s'","access_token":"tok_0123456789","you":"%s"}}`,
			r.URL.Query().Get("n"), r.URL.Query().Get("n"), r.Header.Get("X-Key"))
	})
	akeneo := http.NewServeMux()
	akeneo.Handle("/", vendortest.Akeneo(1000, 0))
	akeneo.HandleFunc("/kettle", func(w http.ResponseWriter, _ *http.Request) { // of a kind that its profile does not know
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, `{"oops":{"text":"The kettle is empty.","kind":"KETTLE"}}`)
	})
	g := startGateway(t, fmt.Sprintf(`consumers: {identify: "header:X-Consumer", weights: {checkout: 4, nightly-sync: 1}}
upstreams:
  accelo: {url: %s, profile: accelo}
  akeneo: {url: %s, profile: akeneo}
  apaleo: {url: %s, profile: apaleo}
  strange: {url: %s, shadow: %s, credentials: {header: {name: X-Key, value: gateways-own-key}}}
`, serve(vendortest.Accelo(5000)), serve(akeneo), serve(vendortest.Apaleo(5000)), serve(strange), nextProfile(t)))
	var problems []seenProblem
	for _, c := range vendortest.Tour() {
		problems = append(problems, g.call(t, c.Method, "/"+c.Vendor+c.Path, c.Body, append(c.Headers, "X-Consumer: checkout")))
	}
	for n := range 3 {
		path := fmt.Sprintf("/strange/orders?n=%d&api_key=callers-own-key", n)
		problems = append(problems, g.call(t, http.MethodGet, path, "", []string{"X-Consumer: nightly-sync", "Authorization: Bearer callers-own-token"}))
	}
	batch := "{\"code\":\"a\"}\n{\"code\":\"b, c\"}\nno JSON\n{\"code\":\"d\"}\n"
	g.call(t, http.MethodPatch, "/akeneo/api/rest/v1/categories", batch, []string{"Authorization: Bearer demo", "Content-Type: application/vnd.akeneo.collection+json", "X-Consumer: nightly-sync"})
	g.call(t, http.MethodGet, "/akeneo/kettle", "", nil)
	for range 20 {
		g.call(t, http.MethodGet, "/akeneo/api/rest/v1/categories", "", []string{"Authorization: Bearer demo"})
	}
	return g, problems
}

// nextProfile is one that is tried beside the generic reader.
func nextProfile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "strange-next.yaml")
	text := "vendor: Strange\nrules:\n  - {name: locked, match: {status: 409}, detail: /oops/text, type: already-exists}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// seenProblem is what the page has to find again.
type seenProblem struct {
	Instance, Detail, Title string
	RequestID               string `json:"request_id"`
	Upstream                struct {
		RequestID string `json:"request_id"`
	}
}

// call sends a request to the gateway and reads the problem it gets, if it is one.
func (g testGateway) call(t *testing.T, method, path, body string, headers []string) seenProblem {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, g.callers+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p seenProblem
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		if err := errors.Join(problemtest.Validate(data), json.Unmarshal(data, &p)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// TestPage walks through the page as an engineer at 3 a.m. would.
func TestPage(t *testing.T) {
	g, problems := pageGateway(t)
	b := startBrowser(t)
	b.run(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(g.admin+"/"))

	t.Run("upstreams", func(t *testing.T) {
		b.t = t
		b.reads("Upstreams", "accelo", "akeneo", "apaleo", "strange", "validation-failed")
		b.reads("credential")
		b.see("document.querySelectorAll('.uplot canvas').length === 4")
		b.see("document.getElementById('live').dataset.state === 'live'")
		b.picture("upstreams")
	})
	t.Run("it is live", func(t *testing.T) {
		b.t = t
		g.call(t, http.MethodGet, "/akeneo/api/rest/v1/products/none", "", []string{"Authorization: Bearer demo"})
		b.reads("not-found 1")
	})
	t.Run("an upstream is paused with a reason, and let go", func(t *testing.T) {
		b.t = t
		card := `//section[@aria-label="strange"]`
		b.run(chromedp.Click(card+`//summary`, chromedp.BySearch), chromedp.Click(card+`//button[.="Pause"]`, chromedp.BySearch))
		if value[bool](b, `document.querySelector('section[aria-label=strange] input[aria-label=Reason]').checkValidity()`) {
			t.Error("a pause needs no reason")
		}
		b.run(chromedp.SendKeys(card+`//input[@aria-label="Reason"]`, "they asked for it", chromedp.BySearch),
			chromedp.Click(card+`//button[.="Pause"]`, chromedp.BySearch))
		b.reads("everybody: they asked for it", "paused")
		b.picture("paused")
		b.run(chromedp.Click(card+`//button[.="Resume"]`, chromedp.BySearch))
		b.see(`!document.getElementById('main').innerText.includes('they asked for it')`)
	})
	t.Run("failures are grouped", func(t *testing.T) {
		b.t = t
		b.run(chromedp.KeyEvent("2"))
		b.reads("Order # is locked by “…”", "by heuristic")
		if n := value[int](b, "document.querySelectorAll('.item').length"); n < 7 {
			t.Errorf("%d groups", n)
		}
		b.picture("failures")
		b.run(chromedp.Click(`//span[contains(., "is locked by")]/ancestor::a`, chromedp.BySearch))
		b.reads("Occurrences", "nightly-sync 3", "Order 2 is locked")
		b.picture("group")
	})
	t.Run("an occurrence is found by each of its ids", func(t *testing.T) {
		b.t = t
		last := problems[len(problems)-1]
		for _, id := range []string{last.Instance, last.RequestID, last.Upstream.RequestID} {
			b.run(chromedp.KeyEvent("/"), chromedp.SetValue("#q", id), chromedp.SendKeys("#q", kb.Enter))
			b.reads("The vendor's answer", "Request-Id: req_2", last.Detail, "curl -si")
			b.run(chromedp.Navigate(g.admin + "/#/inbox"))
			b.reads("Inbox")
		}
		b.run(chromedp.Navigate(g.admin + "/#/occurrences/" + strings.TrimPrefix(last.Instance, "urn:uuid:")))
		b.reads("The vendor's answer")
		b.picture("occurrence")
		for _, secret := range []string{"callers-own", "tok_0123456789", "gateways-own"} {
			if strings.Contains(b.text(), secret) {
				t.Errorf("the page shows %s", secret)
			}
		}
	})
	t.Run("the inbox holds what no rule mapped", func(t *testing.T) {
		b.t = t
		b.run(chromedp.KeyEvent("3"))
		b.reads("Inbox", "is locked by")
		b.picture("inbox")
	})
	t.Run("a rule is drafted", func(t *testing.T) {
		b.t = t
		b.run(chromedp.Click(`//span[contains(., "is locked by")]/ancestor::a`, chromedp.BySearch))
		b.reads("No rule maps this")
		b.run(chromedp.Click(`//button[.="Draft a rule"]`, chromedp.BySearch))
		b.reads("profile.yaml", "vendor: strange", "profile.txtar", "HTTP/1.1 409 Conflict")
		b.picture("draft")
		b.run(chromedp.Click(`//section[.//button[.="Draft a rule"]]//button[.="Try in the playground"]`, chromedp.BySearch))
		b.reads("Playground", "conflict")
	})
	t.Run("rules are drafted for a profile", func(t *testing.T) {
		b.t = t
		b.run(chromedp.Navigate(g.admin + "/#/inbox?upstream=akeneo"))
		b.reads("1 group that no rule mapped")
		b.run(chromedp.Click("a.item"))
		b.reads("No rule maps this")
		b.run(chromedp.Click(`//button[.="Draft a rule"]`, chromedp.BySearch))
		b.reads("at the end of the rules of akeneo.yaml", "status: [418]", "at the end of akeneo.txtar", "HTTP/1.1 418")
		b.picture("draft-rule")
		b.run(chromedp.Click(`//button[.="Try in the playground"]`, chromedp.BySearch))
		b.reads("Playground", "rule ")
		b.see(`document.querySelector('.verdict .tag.ok').innerText.includes('418')`)
	})
	t.Run("a failed item of a batch is a failure", func(t *testing.T) {
		b.t = t
		b.run(chromedp.Navigate(g.admin + "/#/failures?q=letters"))
		b.reads("1 group", "Category code may contain")
		b.run(chromedp.Click("a.item"))
		b.reads("Occurrences")
		b.run(chromedp.Click("td a"))
		b.reads("Item 2 of a batch answer: 2 items are fine, 2 failed", "204 2×", "400 1×", "422 1×", "Invalid json message received")
		b.picture("batch")
		b.run(chromedp.Navigate(g.admin + "/#/"))
		b.reads("items of batches: 2 fine, 2 failed")
	})
	t.Run("the shadow profile is compared", func(t *testing.T) {
		b.t = t
		b.run(chromedp.KeyEvent("4"))
		b.reads("1 group that the shadow profile would map differently", "type: already-exists")
		b.picture("shadow")
		b.run(chromedp.Click(`//span[contains(., "is locked by")]/ancestor::a`, chromedp.BySearch))
		b.reads("What the shadow profile would change, 3×", "already-exists", "locked")
	})
	t.Run("the playground explains", func(t *testing.T) {
		b.t = t
		b.run(chromedp.Navigate(g.admin + "/#/occurrences/" + problems[2].Instance))
		b.reads("Try in the playground")
		b.run(chromedp.Click(`//button[contains(., "Try in the playground")]`, chromedp.BySearch))
		b.reads("rule ", "Why not an earlier rule")
		b.picture("playground")
		b.run(chromedp.Click("details summary"), chromedp.SetValue("#yaml", "vendor: X\nrules:\n  - {name: mine, match: {status: 422}, tpye: conflict}\n"),
			chromedp.Click("button.main"))
		b.reads("tpye", "type")
		b.forgive("400 (Bad Request)")
		b.run(chromedp.SetValue("#yaml", "vendor: X\nrules:\n  - {name: mine, match: {status: 422}, type: conflict}\n"), chromedp.Click("button.main"))
		b.reads("rule mine", "conflict")
	})
}

// TestPageWithTenThousandGroups is about lists that stay short, whatever the vendors send.
func TestPageWithTenThousandGroups(t *testing.T) {
	g := startGateway(t, "upstreams: {akeneo: {url: http://127.0.0.1:1, profile: akeneo}}\n")
	const kinds = 10_000
	for n := range kinds {
		g.ring.Observe(proxy.Exchange{
			Start: time.Now(), RequestID: fmt.Sprint("request-", n), InstanceID: fmt.Sprint("instance-", n), Upstream: "akeneo", Method: "GET", Path: "/akeneo/x",
			Code: 404, Problem: &problem.Problem{
				Status: 404, Title: "Not found", Detail: "no such thing as " + kind(n), Code: problem.NotFound, Origin: problem.OriginUpstream,
				Fault: problem.FaultCaller, Mapped: problem.MappedStatus,
			},
		})
		if n%200 == 199 {
			g.keptUp(t, n+1)
		}
	}
	b := startBrowser(t)
	b.run(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(g.admin+"/#/failures"))
	b.reads("10,000 groups", "no such thing as "+kind(kinds-1), "1 of 200")
	if n := value[int](b, "document.querySelectorAll('.item').length"); n != 50 {
		t.Errorf("%d groups are listed", n)
	}
	b.run(chromedp.Click(`//button[.="Next"]`, chromedp.BySearch))
	b.reads("2 of 200", "no such thing as "+kind(kinds-51))
	b.run(chromedp.SendKeys("#q", kind(7)+kb.Enter))
	b.reads("1 group", "no such thing as "+kind(7))
	b.run(chromedp.KeyEvent("3"))
	b.reads("10,000 groups that no rule mapped")
	b.picture("ten-thousand")
}

// kind writes n without digits, which make no groups.
func kind(n int) string {
	var b strings.Builder
	for range 4 {
		b.WriteByte('a' + byte(n%26))
		n /= 26
	}
	return b.String()
}

// keptUp waits until the page knows of so many groups.
func (g testGateway) keptUp(t *testing.T, groups int) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		_, body := get(t, g.admin+"/api/v1/status")
		var s admin.Status
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			t.Fatal(err)
		}
		if s.Kept.Groups >= groups {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d groups, not %d", s.Kept.Groups, groups)
		}
	}
}
