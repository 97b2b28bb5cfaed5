package problem_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"gateway/problem"
)

// TestProblemAsXML: RFC 9457, appendix B. The standard's own members come first, all elements are of its namespace, lists
// have items called i, and whatever a vendor wrote is text.
func TestProblemAsXML(t *testing.T) {
	p := problem.Problem{
		Type: "https://errors.example/not-found?a=1&b=<2>", Title: "Not found", Status: 404, Detail: "a < b & \"c\" ]]> \u0001 <script>",
		Instance: "urn:uuid:1", Code: problem.NotFound, Hints: []string{"one", "two"},
		Errors: []problem.Violation{{Detail: "wrong", Field: "a/b"}},
		Extensions: []problem.Extension{
			{Name: "balance", Value: map[string]any{"amount": 12.5, "x y": 1, "xmlns": "no", "1st": true}},
			{Name: "not a name", Value: 1},
			{Name: "xmlThing", Value: 1},
			{Name: "list", Value: []any{[]any{1, nil}, "z"}},
		},
	}
	var doc struct {
		XMLName xml.Name `xml:"urn:ietf:rfc:7807 problem"`
		Type    string   `xml:"type"`
		Status  int      `xml:"status"`
		Detail  string   `xml:"detail"`
		Hints   []string `xml:"hints>i"`
		Errors  []string `xml:"errors>i>field"`
		Balance string   `xml:"balance>amount"`
		Nested  []string `xml:"list>i>i"`
	}
	out := p.EncodeXML()
	if err := xml.Unmarshal(out, &doc); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	doc.XMLName = xml.Name{}
	want := doc
	want.Type, want.Status, want.Detail = p.Type, 404, "a < b & \"c\" ]]> \uFFFD <script>"
	want.Hints, want.Errors, want.Balance, want.Nested = p.Hints, []string{"a/b"}, "12.5", []string{"1", ""}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("%s\n%s", diff, out)
	}
	names := elements(t, out)
	if first := names[1:6]; !slices.Equal(first, []string{"type", "title", "status", "detail", "instance"}) {
		t.Errorf("the standard's members are not the first: %q", first)
	}
	if strings.Contains(strings.Join(names, " "), "xml") || !utf8.Valid(out) {
		t.Errorf("%q", names)
	}
}

// elements lists the elements of a document in their order, all of which must be of the one namespace.
func elements(t testing.TB, doc []byte) (names []string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(string(doc)))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Space != "urn:ietf:rfc:7807" {
				t.Errorf("%s is of the namespace %q", start.Name.Local, start.Name.Space)
			}
			names = append(names, start.Name.Local)
		}
	}
}

// TestProblemAsXMLKeepsItsLimit where tags and escapes make it much longer than JSON: extensions give way first.
func TestProblemAsXMLKeepsItsLimit(t *testing.T) {
	p := problem.Problem{Type: "/x", Title: "Not found", Status: 404, Detail: strings.Repeat("<&>", 300)}
	for range 20 {
		p.Errors = append(p.Errors, problem.Violation{Detail: strings.Repeat("&", 30)})
	}
	members := map[string]any{}
	for i := range 500 {
		members[strings.Repeat("n", 20)+string(rune('a'+i%26))+strings.Repeat("x", i/26)] = 1
	}
	p.Extensions = []problem.Extension{{Name: "many", Value: members}}
	out := p.EncodeXML()
	names := elements(t, out)
	if len(out) > problem.MaxBytes || slices.Contains(names, "many") || len(names) < 20 {
		t.Errorf("%d bytes, %q", len(out), names)
	}
}
