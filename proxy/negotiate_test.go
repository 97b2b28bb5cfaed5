package proxy_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"gateway/problem"
)

// TestNegotiation is trap 33: XML only for those who accept it and no JSON, and never a 406 in place of the error.
func TestNegotiation(t *testing.T) {
	g := startGateway(t, to(answering(t, answerOnce(409, validationError, "Connection: close")).URL))
	for accept, want := range map[string]string{
		"":                         problem.MediaType,
		"*/*":                      problem.MediaType,
		"application/json":         problem.MediaType,
		"application/problem+json": problem.MediaType,
		"text/html":                problem.MediaType,
		"text/html, application/xml;q=0.9, */*;q=0.8": problem.MediaType,
		"application/vnd.akeneo+json":                 problem.MediaType,
		"image/png":                                   problem.MediaType,
		"nonsense":                                    problem.MediaType,
		"application/json;q=0.1, application/xml":     problem.MediaType,
		"application/xml":                             problem.MediaTypeXML,
		"text/xml; charset=utf-8":                     problem.MediaTypeXML,
		"application/problem+xml":                     problem.MediaTypeXML,
		"application/json;q=0, application/xml":       problem.MediaTypeXML,
		"application/xml;q=0":                         problem.MediaType,
		"text/*":                                      problem.MediaType,
		"text/*, image/*;q=0.1":                       problem.MediaType,
		"application/json;q=0, text/*":                problem.MediaType,
		"application/json;q=0, application/*":         problem.MediaType,
		"text/xml":                                    problem.MediaTypeXML,
		"text/xml;q=0.2, text/*":                      problem.MediaTypeXML,
		"text/html, application/xml;q=0.9, text/*":    problem.MediaTypeXML,
		"application/soap+xml":                        problem.MediaTypeXML,
		"application/soap+xml;q=0":                    problem.MediaType,
		"application/soap+xml, application/hal+json":  problem.MediaType,
		"application/xml, application/*;q=0.1":        problem.MediaType,
		"application/xhtml+xml, text/html":            problem.MediaType,
		"image/svg+xml":                               problem.MediaType,
	} {
		var headers []string
		if accept != "" {
			headers = []string{"Accept: " + accept}
		}
		a := g.get(t, "/up/x", headers...)
		if got := a.Header.Get("Content-Type"); got != want || a.StatusCode != http.StatusConflict {
			t.Errorf("Accept %q: %s, %s", accept, a.Status, got)
		}
		var got struct {
			XMLName xml.Name `xml:"urn:ietf:rfc:7807 problem"`
			Status  int      `xml:"status"`
			Detail  string   `xml:"detail"`
		}
		if want == problem.MediaTypeXML && (xml.Unmarshal([]byte(a.body), &got) != nil || got.Status != 409 || got.Detail == "") {
			t.Errorf("Accept %q: %s", accept, a.body)
		}
	}
}

// TestTypePages serves a page for each type of the catalogue, to people and to programs, and nothing else.
func TestTypePages(t *testing.T) {
	g := startGateway(t, to("http://127.0.0.1:1"))
	for _, info := range problem.Catalogue() {
		path := "/.gateway/problems/" + string(info.Type)
		a := g.get(t, path)
		var page struct {
			Type, Title, Meaning string
			Status               int
		}
		if err := json.Unmarshal([]byte(a.body), &page); err != nil || page.Type != path || page.Status != info.Status || page.Title == "" || page.Meaning == "" {
			t.Errorf("%s: %v, %s", path, err, a.body)
		}
		html := g.get(t, path, "Accept: text/html,application/xhtml+xml,*/*;q=0.8")
		if !strings.HasPrefix(html.Header.Get("Content-Type"), "text/html") || !strings.Contains(html.body, "<h1>"+info.Title+"</h1>") {
			t.Errorf("%s: %s", path, html.body)
		}
		if curl := g.get(t, path, "Accept: */*"); curl.body != a.body {
			t.Errorf("%s for curl: %s", path, curl.body)
		}
		if head := g.send(t, "HEAD", path, nil); head.StatusCode != 200 || head.body != "" {
			t.Errorf("HEAD %s: %s", path, head.Status)
		}
	}
	for path, want := range map[string]problem.Type{
		"/.gateway/problems/nonsense": problem.NotFound, "/.gateway/": problem.NotFound, "/.gateway": problem.NotFound,
		"/.gateway/metrics": problem.NotFound, "/.gateway/problems/%2e%2e/x": problem.InvalidRequest,
		"/metrics": problem.RouteNotFound, "/debug/pprof/": problem.RouteNotFound, "/healthz": problem.RouteNotFound,
	} {
		if p := g.get(t, path).problem(t); p.Code != want {
			t.Errorf("%s: %s, want %s", path, p.Code, want)
		}
	}
	if p := g.send(t, "POST", "/.gateway/problems/conflict", nil).problem(t); p.Code != problem.MethodNotAllowed {
		t.Errorf("POST: %s", p.Code)
	}
}
