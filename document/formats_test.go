package document_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/document"
	"gateway/documenttest"
)

func TestOpenFindsTheFormat(t *testing.T) {
	for name, test := range map[string]struct {
		contentType, body string
		format            document.Format
		note              document.Note
	}{
		"nothing":                          {"application/json", "", document.FormatEmpty, ""},
		"white space":                      {"application/json", " \r\n\t", document.FormatEmpty, ""},
		"JSON":                             {"application/json", `{}`, document.FormatJSON, ""},
		"JSON as text":                     {"text/plain", `{"a":1}`, document.FormatJSON, ""},
		"JSON as a page":                   {"text/html", `{"a":1}`, document.FormatJSON, ""},
		"JSON under no type":               {"", `[1]`, document.FormatJSON, ""},
		"JSON null":                        {"application/json", `null`, document.FormatJSON, ""},
		"a JSON string":                    {"application/problem+json", `"no"`, document.FormatJSON, ""},
		"a number as text":                 {"text/plain", `404`, document.FormatText, ""},
		"JSON behind a guard":              {"application/json", ")]}'\n{\"a\":1}", document.FormatJSON, ""},
		"JSON behind a notice of PHP":      {"text/html", "<br />\n<b>Notice</b>: x in y on line 5<br />\n{\"a\":1}", document.FormatJSON, ""},
		"JSON behind markup, by its label": {"application/json", "<p>Deprecated</p>{\"a\":1}", document.FormatJSON, ""},
		"truncated JSON":                   {"application/json", `{"a":1,"b":`, document.FormatText, document.Unparsable},
		"truncated JSON under no type":     {"", `{"a":1,"b":`, document.FormatText, document.Unparsable},
		"prose as JSON":                    {"application/json", `Bad Gateway`, document.FormatText, document.Unparsable},
		"prose as AWS's JSON":              {"application/x-amz-json-1.1", `Bad Gateway`, document.FormatText, document.Unparsable},
		"prose in brackets":                {"text/plain", `[error] upstream timed out`, document.FormatText, ""},
		"prose in braces":                  {"text/plain", `{x} is not set`, document.FormatText, ""},
		"XML":                              {"application/xml", `<e/>`, document.FormatXML, ""},
		"XML as a page":                    {"text/html", `<?xml version="1.0"?><Error><Code>x</Code></Error>`, document.FormatXML, ""},
		"XML under no type":                {"", `<Error><Code>x</Code></Error>`, document.FormatXML, ""},
		"XML whose root HTML has too":      {"text/xml", `<title>x</title>`, document.FormatXML, ""},
		"truncated XML":                    {"application/xml", `<e><a>1</a>`, document.FormatText, document.Unparsable},
		"truncated XML under no type":      {"", `<e><a>1</a>`, document.FormatText, document.Unparsable},
		"prose as SOAP":                    {"application/soap+xml", `Service Unavailable`, document.FormatText, document.Unparsable},
		"a page":                           {"text/html", `<html><body>x`, document.FormatHTML, ""},
		"a page as JSON":                   {"application/json", "<!DOCTYPE html>\n<html></html>", document.FormatHTML, ""},
		"a page as XML":                    {"text/xml", "<html><body><p>x</p></body></html>", document.FormatHTML, ""},
		"XHTML":                            {"application/xhtml+xml", `<?xml version="1.0"?><!DOCTYPE html><html><body/></html>`, document.FormatHTML, ""},
		"a page behind a comment":          {"", "<!-- <x> -->\n<HTML>", document.FormatHTML, ""},
		"a page behind text":               {"", "\nError\n<html><body>x</body></html>", document.FormatHTML, ""},
		"text with tags that says so":      {"text/html", "Not <b>here</b>", document.FormatHTML, ""},
		"text as a page":                   {"text/html", "error code: 1020", document.FormatText, ""},
		"text with signs":                  {"text/html", "1 < 2 and 3 > 2", document.FormatText, ""},
		"YAML":                             {"text/x-yaml", "meta:\n  status: x\n", document.FormatYAML, ""},
		"YAML by its first line":           {"text/plain", "---\nmeta:\n  status: x\n", document.FormatYAML, ""},
		"prose with a colon":               {"text/plain", "Error: x", document.FormatText, ""},
		"prose as YAML":                    {"application/yaml", "no such thing", document.FormatText, document.Unparsable},
		"a form":                           {"application/x-www-form-urlencoded", "a=1&b=2", document.FormatForm, ""},
		"a form as a page":                 {"text/html", "oauth_problem=token_rejected&oauth_problem_advice=x", document.FormatForm, ""},
		"prose as a form":                  {"application/x-www-form-urlencoded", "no such thing", document.FormatText, ""},
		"prose with an equals sign":        {"text/plain", "x = y", document.FormatText, ""},
		"text":                             {"text/plain", "no_service", document.FormatText, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(test.contentType, test.body)
			documenttest.Check(t, d)
			if d.Format != test.format || d.Note != test.note {
				t.Errorf("%s, note %q", d.Format, d.Note)
			}
		})
	}
}

func TestOpenNamesTheMediaType(t *testing.T) {
	for contentType, want := range map[string]string{
		"":                                    "",
		"application/json":                    "application/json",
		"Application/Problem+JSON; charset=x": "application/problem+json",
		"text/html;charset":                   "text/html",
		"text/html; charset=a; charset=b":     "text/html",
		" text/plain ;":                       "text/plain",
	} {
		if d := read(contentType, "x"); d.MediaType != want {
			t.Errorf("%q: %q", contentType, d.MediaType)
		}
	}
}

func TestOpenReadsXML(t *testing.T) {
	for name, test := range map[string]struct {
		body, root string
		want       *document.Node
	}{
		"the paths of the JSON twin": {
			"<?xml version=\"1.0\"?>\n<opt><meta><message>\n no \n</message><status>x</status></meta><response></response></opt>", "opt",
			obj("meta", obj("message", str("no"), "status", str("x")), "response", str("")),
		},
		"a root with text alone":               {`<error>no</error>`, "error", str("no")},
		"attributes":                           {`<Fault type="T"><Error code="6240" element=""><Message>m</Message></Error></Fault>`, "Fault", obj("type", str("T"), "Error", obj("code", str("6240"), "element", str(""), "Message", str("m")))},
		"attributes and text":                  {`<e><f name="x">no</f></e>`, "e", obj("f", obj("name", str("x"), "#text", str("no")))},
		"children and text":                    {`<e>a<f>b</f>c</e>`, "e", obj("f", str("b"), "#text", str("ac"))},
		"repeated elements":                    {`<e><f>1</f><g>2</g><f>3</f><f>4</f></e>`, "e", obj("f", list(str("1"), str("3"), str("4")), "g", str("2"))},
		"namespaces":                           {`<s:E xmlns:s="urn:s" xmlns="urn:d" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Text xml:lang="en" xsi:type="t">x</s:Text></s:E>`, "E", obj("Text", str("x"))},
		"an undeclared prefix":                 {`<s:E><s:c>x</s:c></s:E>`, "E", obj("c", str("x"))},
		"entities and CDATA":                   {`<e><m>a &lt;b&gt; &amp; &#233;</m><n><![CDATA[<raw> & more]]></n></e>`, "e", obj("m", str("a <b> & é"), "n", str("<raw> & more"))},
		"comments and processing instructions": {`<?xml version="1.0"?><!-- x --><e><?php x ?><!-- y --><a>1</a></e>`, "e", obj("a", str("1"))},
		"entities of HTML":                     {`<e>a&nbsp;b &uuml;</e>`, "e", str("a\u00a0b ü")},
		"version 1.1":                          {`<?xml version="1.1" encoding="klingon" standalone="yes"?><e>a</e>`, "e", str("a")},
		"text behind":                          {`<e><a>1</a></e><br>Notice`, "e", obj("a", str("1"))},
		"a document type":                      {`<!DOCTYPE e SYSTEM "http://169.254.169.254/x.dtd"><e><a>1</a></e>`, "e", obj("a", str("1"))},
	} {
		t.Run(name, func(t *testing.T) {
			d := read("text/xml", test.body)
			if diff := cmp.Diff(test.want, d.Root); diff != "" || d.RootName != test.root || d.Note != "" {
				t.Errorf("root %q, note %q; want -, got +\n%s", d.RootName, d.Note, diff)
			}
		})
	}
}

func TestOpenReadsYAML(t *testing.T) {
	null, no := &document.Node{Kind: document.Null}, &document.Node{Kind: document.Bool, Text: "false"}
	for name, test := range map[string]struct {
		body string
		want *document.Node
	}{
		"an answer of Accelo": {
			"---\nmeta:\n  message: 'It''s: no'\n  more_info: https://x/#y\n  status: invalid_request\nresponse: ~\n",
			obj("meta", obj("message", str("It's: no"), "more_info", str("https://x/#y"), "status", str("invalid_request")), "response", null),
		},
		"lists":               {"errors:\n- code: 1\n  ok: false\n- {code: 9007199254740993, f: 1.50}\n- [a, b]\n", obj("errors", list(obj("code", num("1"), "ok", no), obj("code", num("9007199254740993"), "f", num("1.50")), list(str("a"), str("b"))))},
		"one member":          {"error: no", obj("error", str("no"))},
		"text of many lines":  {"m: |\n  a\n  b\nn: x\n", obj("m", str("a\nb"), "n", str("x"))},
		"double keys":         {"a: 1\na: 2\n", obj("a", num("2"))},
		"keys of other kinds": {"404: x\ntrue: y\n", obj("404", str("x"), "true", str("y"))},
		"two documents":       {"---\na: 1\n---\nb: 2\n", obj("a", num("1"))},
	} {
		t.Run(name, func(t *testing.T) {
			d := read("text/yaml", test.body)
			if diff := cmp.Diff(test.want, d.Root); diff != "" {
				t.Errorf("note %q; want -, got +\n%s", d.Note, diff)
			}
		})
	}
}

func TestOpenReadsForms(t *testing.T) {
	for body, want := range map[string]*document.Node{
		"a=1&b=x%20y+z&c=":                      obj("a", str("1"), "b", str("x y z"), "c", str("")),
		"a=1&b=2&a=3":                           obj("a", list(str("1"), str("3")), "b", str("2")),
		"error[code]=5&e%5B0%5D=x":              obj("error[code]", str("5"), "e[0]", str("x")),
		"m=%FF%00%e2%82%ac&x":                   obj("m", str("\uFFFD€"), "x", str("")),
		"a=%zz":                                 nil,
		"a=1&" + strings.Repeat("b=1&", 10_001): nil,
	} {
		if diff := cmp.Diff(want, read("application/x-www-form-urlencoded", body).Root); diff != "" {
			t.Errorf("%.60s: want -, got +\n%s", body, diff)
		}
	}
}

// patience is what no parser needs on the slowest machine, and any that takes quadratic time exceeds.
const patience = 20 * time.Second

// Hostile bodies end quickly in text.
func TestOpenIsNotHeldUpByHostileBodies(t *testing.T) {
	xmlLaughs, yamlLaughs := documenttest.Laughs()
	mib := func(s string) string { return strings.Repeat(s, 1<<20/len(s)) }
	yaml := func(s string) string { return strings.Repeat(s, 16<<10/len(s)) }
	for name, test := range map[string]struct{ contentType, body string }{
		"1 MiB of <div>":             {"text/html", mib("<div>")},
		"1 MiB of <table><a>":        {"text/html", mib("<table><a>")},
		"1 MiB of <b><i>":            {"text/html", mib("<b><i>")},
		"1 MiB of <p>x":              {"text/html", mib("<p>x")},
		"1 MiB of <":                 {"text/html", mib("<")},
		"1 MiB of attributes":        {"text/html", "<html " + mib("a=b ")},
		"1 MiB of &":                 {"text/html", "<html>" + mib("&")},
		"1 MiB of comment":           {"text/html", "<!--" + mib("-->")[3:]},
		"1 MiB of comments":          {"text/html", mib("<!--x-->")},
		"1 MiB of open lists":        {"application/json", mib("[")},
		"1 MiB of open objects":      {"application/json", mib(`{"a":`)},
		"1 MiB of numbers":           {"application/json", "[" + mib("1,") + "1]"},
		"1 MiB of digits":            {"application/json", mib("9")},
		"1 MiB of escapes":           {"application/json", `"` + mib(`\ud83d`) + `"`},
		"1 MiB of quotes":            {"application/json", mib(`"`)},
		"1 MiB of backslashes":       {"application/json", mib(`\`)},
		"9,000 equal names":          {"application/json", `{` + strings.Repeat(`"a":1,`, 9000) + `"a":1}`},
		"billion laughs":             {"text/xml", xmlLaughs},
		"200k elements deep":         {"text/xml", strings.Repeat("<a>", 200_000)},
		"200k elements deep, closed": {"text/xml", strings.Repeat("<a>", 200_000) + strings.Repeat("</a>", 200_000)},
		"1 MiB of XML attributes":    {"text/xml", "<a " + mib(`b="c" `) + "/>"},
		"1 MiB of XML elements":      {"text/xml", "<a>" + mib(`<b/>`) + "</a>"},
		"1 MiB of document type":     {"text/xml", "<!DOCTYPE a [" + mib("<!ENTITY b 'c'>")},
		"1 MiB of <!":                {"text/xml", mib("<!<")},
		"billion laughs in YAML":     {"text/yaml", yamlLaughs},
		"YAML of open lists":         {"text/yaml", yaml("[")},
		"YAML of open maps":          {"text/yaml", yaml("{a: ")},
		"YAML of nested entries":     {"text/yaml", yaml("- ")},
		"YAML of nested keys":        {"text/yaml", yaml("? ")},
		"YAML of entries":            {"text/yaml", yaml("- a\n")},
		"YAML of keys":               {"text/yaml", yaml("a: b\n")},
		"YAML of colons":             {"text/yaml", "---\n" + yaml(": ")},
		"YAML of quotes":             {"text/yaml", "---\n" + yaml("'")},
		"YAML of documents":          {"text/yaml", yaml("---\n")},
		"YAML of comments":           {"text/yaml", "---\n" + yaml("#\n")},
		"YAML of line ends":          {"text/yaml", "---" + yaml("\n") + "a: b"},
		"YAML of folded text":        {"text/yaml", "a: >\n" + yaml("  b\n\n")},
		"YAML of tags":               {"text/yaml", yaml("!!a ")},
		"YAML of directives":         {"text/yaml", "---\n" + yaml("%YAML 1.2\n")},
		"YAML of steps": {"text/yaml", func() string {
			var b strings.Builder
			for i := range 170 {
				b.WriteString(strings.Repeat(" ", i) + "a:\n")
			}
			return b.String()
		}()},
		"a form of 1 MiB":             {"application/x-www-form-urlencoded", mib("a=b&")},
		"1 MiB of percent signs":      {"application/x-www-form-urlencoded", "a=" + mib("%41")},
		"1 MiB of control characters": {"text/plain", mib("\x01")},
		"1 MiB of broken UTF-8":       {"text/plain; charset=utf-8", mib("\xFF\xC3\xA9")},
		"1 MiB of ISO-2022-JP":        {"text/plain; charset=iso-2022-jp", mib("\x1b$B")},
		"1 MiB of UTF-16":             {"text/plain; charset=utf-16", mib("\xD8\x00")},
		"1 MiB of GB 18030":           {"text/plain; charset=gb18030", mib("\x81\x30\x81\x30")},
	} {
		t.Run(name, func(t *testing.T) {
			limits := document.Limits{DecodedBytes: 4 << 20}
			start := time.Now()
			d := limits.Open(http.Header{"Content-Type": {test.contentType}}, []byte(test.body), false)
			if took := time.Since(start); took > patience {
				t.Errorf("took %v", took)
			} else {
				t.Log(took, d.Format, d.Note)
			}
			documenttest.Check(t, d)
		})
	}
}

func BenchmarkOpenHTML(b *testing.B) {
	for name, part := range map[string]string{"div": "<div>", "table": "<table><a>", "b": "<b><i>"} {
		h, body := http.Header{"Content-Type": {"text/html"}}, []byte(strings.Repeat(part, 1<<20/len(part)))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				document.DefaultLimits().Open(h, body, false)
			}
		})
	}
}
