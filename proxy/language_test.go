package proxy_test

import (
	"net/http"
	"strings"
	"testing"

	"gateway/normalize"
	"gateway/problem"
	"gateway/proxy"
)

// inGerman is the settings of one upstream whose profile has a hint, with some German and French.
func inGerman(t testing.TB, url string) proxy.Settings {
	t.Helper()
	reader, err := normalize.NewReader(&normalize.Profile{
		Name: "acme", Vendor: "Acme <b>&", Hints: map[string][]string{"not-found": {"Look again <script>."}, "conflict": {"Wait."}},
		Codes: map[problem.Type][]string{problem.NotFound: {"E404<"}},
		Rules: []normalize.Rule{
			{Name: "gone", Match: normalize.Match{Status: []string{"410"}}, Type: problem.NotFound},
			{Name: "lost", Match: normalize.Match{Status: []string{"409"}}, Codes: map[problem.Type][]string{problem.NotFound: {"E404<"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := to(url, func(u *proxy.Upstream) { u.Reader = reader })
	s.Languages = []proxy.Language{
		{
			Tag: "de", Types: map[problem.Type]problem.Words{
				problem.NotFound:      {Title: "Nicht gefunden", Meaning: "Es fehlt <i>."},
				problem.RouteNotFound: {Title: "Weg nicht gefunden"},
			},
			Page:  proxy.PageWords{Back: "Alle Arten"},
			Hints: map[string]map[string][]string{"acme": {"not-found": {"Nochmals nachsehen."}}},
		},
		{Tag: "pt-BR", Types: map[problem.Type]problem.Words{problem.NotFound: {Title: "Não encontrado"}}},
	}
	return s
}

// TestLanguageOfProblems: RFC 4647, section 3.4, and English for all who like nothing that is there.
func TestLanguageOfProblems(t *testing.T) {
	v := vendor(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	g := startGateway(t, inGerman(t, v.URL))
	for accept, want := range map[string][2]string{
		"":                        {"en", "Not found"},
		"de":                      {"de", "Nicht gefunden"},
		"DE-at":                   {"de", "Nicht gefunden"},
		"de-CH-1996, en;q=0.5":    {"de", "Nicht gefunden"},
		"en, de;q=0.9":            {"en", "Not found"},
		"en-GB, de":               {"en", "Not found"},
		"fr, de;q=0.2, en;q=0.1":  {"de", "Nicht gefunden"},
		"fr":                      {"en", "Not found"},
		"de;q=0":                  {"en", "Not found"},
		"de; q=0.1, en; q=0.9":    {"en", "Not found"},
		"*":                       {"en", "Not found"},
		"pt-br":                   {"pt-BR", "Não encontrado"},
		"pt":                      {"en", "Not found"},
		"de;q=x,,;;,-":            {"de", "Nicht gefunden"},
		strings.Repeat("x-", 500): {"en", "Not found"},
	} {
		a := g.get(t, "/up/x", "Accept-Language: "+accept)
		p := a.problem(t)
		if got := [2]string{a.Header.Get("Content-Language"), p.Title}; got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
		if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%q: Vary is %q", accept, a.Header.Values("Vary"))
		}
	}
	p := g.get(t, "/up/x", "Accept-Language: de").problem(t)
	if p.Hints[0] != "Nochmals nachsehen." || p.Detail != "Es fehlt <i>." {
		t.Errorf("%+v", p)
	}
	if p := g.get(t, "/nowhere", "Accept-Language: de").problem(t); p.Title != "Weg nicht gefunden" {
		t.Errorf("%+v", p)
	}
}

// TestPageOfType: words in the asked language, who reports the type and by what, and nothing that is not escaped.
func TestPageOfType(t *testing.T) {
	g := startGateway(t, inGerman(t, "http://127.0.0.1:1"))
	a := g.get(t, "/.gateway/problems/not-found", "Accept: text/html", "Accept-Language: de")
	for _, want := range []string{
		`<html lang="de">`, "<title>Nicht gefunden</title>", "Es fehlt &lt;i&gt;.", "← Alle Arten", "Acme &lt;b&gt;&amp; <code>up</code>",
		"<code>E404&lt;</code>", "<code>gone</code>", "<li>Nochmals nachsehen.</li>", "Check the id and the path", "&#34;code&#34;: &#34;not-found&#34;",
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(a.body, "E404&lt;"); n != 1 {
		t.Errorf("a code that two places of the profile know is there %d times", n)
	}
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "unsafe") || a.Header.Get("Content-Language") != "de" ||
		a.Header.Get("Vary") != "Accept, Accept-Language" {
		t.Errorf("%v", a.Header)
	}
	if english := g.get(t, "/.gateway/problems/not-found", "Accept: text/html"); strings.Contains(english.body, "<script>") ||
		!strings.Contains(english.body, "<li>Look again &lt;script&gt;.</li>") {
		t.Error("the English page is not escaped")
	}
	conflict := g.get(t, "/.gateway/problems/conflict", "Accept: application/json").body
	if !strings.Contains(conflict, `"hints": [`) || !strings.Contains(conflict, `"Wait."`) || !strings.Contains(conflict, `"cure"`) {
		t.Errorf("%s", conflict)
	}
}
