package normalize_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/normalize"
)

func TestOpenFindsTheFormat(t *testing.T) {
	for name, test := range map[string]struct {
		contentType, body string
		format            normalize.Format
		note              normalize.BodyNote
	}{
		"nothing":                          {"application/json", "", normalize.FormatEmpty, ""},
		"white space":                      {"application/json", " \r\n\t", normalize.FormatEmpty, ""},
		"JSON":                             {"application/json", `{}`, normalize.FormatJSON, ""},
		"JSON as text":                     {"text/plain", `{"a":1}`, normalize.FormatJSON, ""},
		"JSON as a page":                   {"text/html", `{"a":1}`, normalize.FormatJSON, ""},
		"JSON under no type":               {"", `[1]`, normalize.FormatJSON, ""},
		"JSON null":                        {"application/json", `null`, normalize.FormatJSON, ""},
		"a JSON string":                    {"application/problem+json", `"no"`, normalize.FormatJSON, ""},
		"a number as text":                 {"text/plain", `404`, normalize.FormatText, ""},
		"JSON behind a guard":              {"application/json", ")]}'\n{\"a\":1}", normalize.FormatJSON, ""},
		"JSON behind a notice of PHP":      {"text/html", "<br />\n<b>Notice</b>: x in y on line 5<br />\n{\"a\":1}", normalize.FormatJSON, ""},
		"JSON behind markup, by its label": {"application/json", "<p>Deprecated</p>{\"a\":1}", normalize.FormatJSON, ""},
		"truncated JSON":                   {"application/json", `{"a":1,"b":`, normalize.FormatText, normalize.BodyUnparsable},
		"truncated JSON under no type":     {"", `{"a":1,"b":`, normalize.FormatText, normalize.BodyUnparsable},
		"prose as JSON":                    {"application/json", `Bad Gateway`, normalize.FormatText, normalize.BodyUnparsable},
		"prose as AWS's JSON":              {"application/x-amz-json-1.1", `Bad Gateway`, normalize.FormatText, normalize.BodyUnparsable},
		"prose in brackets":                {"text/plain", `[error] upstream timed out`, normalize.FormatText, ""},
		"prose in braces":                  {"text/plain", `{x} is not set`, normalize.FormatText, ""},
		"XML":                              {"application/xml", `<e/>`, normalize.FormatXML, ""},
		"XML as a page":                    {"text/html", `<?xml version="1.0"?><Error><Code>x</Code></Error>`, normalize.FormatXML, ""},
		"XML under no type":                {"", `<Error><Code>x</Code></Error>`, normalize.FormatXML, ""},
		"XML whose root HTML has too":      {"text/xml", `<title>x</title>`, normalize.FormatXML, ""},
		"truncated XML":                    {"application/xml", `<e><a>1</a>`, normalize.FormatText, normalize.BodyUnparsable},
		"truncated XML under no type":      {"", `<e><a>1</a>`, normalize.FormatText, normalize.BodyUnparsable},
		"prose as SOAP":                    {"application/soap+xml", `Service Unavailable`, normalize.FormatText, normalize.BodyUnparsable},
		"a page":                           {"text/html", `<html><body>x`, normalize.FormatHTML, ""},
		"a page as JSON":                   {"application/json", "<!DOCTYPE html>\n<html></html>", normalize.FormatHTML, ""},
		"a page as XML":                    {"text/xml", "<html><body><p>x</p></body></html>", normalize.FormatHTML, ""},
		"XHTML":                            {"application/xhtml+xml", `<?xml version="1.0"?><!DOCTYPE html><html><body/></html>`, normalize.FormatHTML, ""},
		"a page behind a comment":          {"", "<!-- <x> -->\n<HTML>", normalize.FormatHTML, ""},
		"a page behind text":               {"", "\nError\n<html><body>x</body></html>", normalize.FormatHTML, ""},
		"text with tags that says so":      {"text/html", "Not <b>here</b>", normalize.FormatHTML, ""},
		"text as a page":                   {"text/html", "error code: 1020", normalize.FormatText, ""},
		"text with signs":                  {"text/html", "1 < 2 and 3 > 2", normalize.FormatText, ""},
		"YAML":                             {"text/x-yaml", "meta:\n  status: x\n", normalize.FormatYAML, ""},
		"YAML by its first line":           {"text/plain", "---\nmeta:\n  status: x\n", normalize.FormatYAML, ""},
		"prose with a colon":               {"text/plain", "Error: x", normalize.FormatText, ""},
		"prose as YAML":                    {"application/yaml", "no such thing", normalize.FormatText, normalize.BodyUnparsable},
		"a form":                           {"application/x-www-form-urlencoded", "a=1&b=2", normalize.FormatForm, ""},
		"a form as a page":                 {"text/html", "oauth_problem=token_rejected&oauth_problem_advice=x", normalize.FormatForm, ""},
		"prose as a form":                  {"application/x-www-form-urlencoded", "no such thing", normalize.FormatText, ""},
		"prose with an equals sign":        {"text/plain", "x = y", normalize.FormatText, ""},
		"text":                             {"text/plain", "no_service", normalize.FormatText, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(test.contentType, test.body)
			checkDocument(t, d)
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
		want       *normalize.Node
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
	null, no := &normalize.Node{Kind: normalize.Null}, &normalize.Node{Kind: normalize.Bool, Text: "false"}
	for name, test := range map[string]struct {
		body string
		want *normalize.Node
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
	for body, want := range map[string]*normalize.Node{
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

func TestOpenReadsPages(t *testing.T) {
	for name, test := range map[string]struct{ body, title, heading, sentence string }{
		"nginx": {
			"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>",
			"502 Bad Gateway", "502 Bad Gateway", "",
		},
		"Apache": {
			"<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL /x was not found\non this server.</p>\n<hr>\n<address>Apache/2.4 Server at x Port 80</address></body></html>",
			"404 Not Found", "Not Found", "The requested URL /x was not found on this server.",
		},
		"Google": {
			"<html><title>502 Server Error</title><body><h1>Error: Server Error</h1>\n<h2>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.</h2>",
			"502 Server Error", "Error: Server Error", "The server encountered a temporary error and could not complete your request.",
		},
		"Google's other": {
			`<!doctype html><meta charset="utf-8"><title>403</title>403 Forbidden`, "403", "", "",
		},
		"Tomcat": {
			`<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title><style>h1 {color:red}</style></head><body><h1>HTTP Status 404 – Not Found</h1><hr class="line" /><p><b>Type</b> Status Report</p><p><b>Message</b> The requested resource [&#47;x] is not available</p><p><b>Description</b> The origin server did not find it.</p></body></html>`,
			"HTTP Status 404 – Not Found", "HTTP Status 404 – Not Found", "The requested resource [/x] is not available",
		},
		"Cloudflare": {
			`<!DOCTYPE html><html><head><title>x.com | 502: Bad gateway</title><script>var a = "<p>not this one here</p>";</script></head><body><noscript><p>You have to enable JavaScript for this</p></noscript><h1><span>Bad gateway</span> <span>Error code 502</span></h1><p>Visit <a href="#">cloudflare.com</a> for more information.</p><h2>What happened?</h2><p>The web server reported a bad gateway error.</p><h2>What can I do?</h2><p>Please try again in a few minutes.</p>`,
			"x.com | 502: Bad gateway", "Bad gateway Error code 502", "The web server reported a bad gateway error.",
		},
		"Express": {
			"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Error</title></head><body><pre>Error: the database is gone<br> &nbsp; &nbsp;at Object.x (/srv/app.js:5:7)</pre></body></html>",
			"Error", "", "Error: the database is gone",
		},
		"no words":                {"<html><head><title></title></head><body><h1> </h1></body></html>", "", "", ""},
		"markup in words":         {"<html><h1>a &lt;b&gt; <i>c</i><br>d</h1><p>This is &quot;what&nbsp;happened&quot; to<em> it</em>.</p>", "", "a <b> c d", `This is "what happened" to it.`},
		"an unclosed script":      {"<html><h1>x</h1><script>alert(1)<p>And then it was all over.", "", "x", ""},
		"a script without spaces": {"<html><p>请求的参数不正确，请检查后再试一次。</p>", "", "", "请求的参数不正确，请检查后再试一次。"},
		"a list":                  {"<html><ul><li>The first name must not be empty</li><li>x</li></ul>", "", "", "The first name must not be empty"},
	} {
		t.Run(name, func(t *testing.T) {
			d := read("text/html", test.body)
			got := [3]string{d.Title, d.Heading, d.Sentence}
			if diff := cmp.Diff([3]string{test.title, test.heading, test.sentence}, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

// laughs is the billion laughs as XML and as YAML.
func laughs() (xml, yaml string) {
	var dtd, anchors strings.Builder
	for i := range 10 {
		fmt.Fprintf(&dtd, `<!ENTITY l%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&l%d;", i), 10))
		fmt.Fprintf(&anchors, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 10), ","))
	}
	return `<?xml version="1.0"?><!DOCTYPE e [<!ENTITY l0 "lol">` + dtd.String() + `]><e>&l10;</e>`,
		"a0: &a0 lol\n" + anchors.String()
}

// patience is what no parser needs on the slowest machine, and any that takes quadratic time exceeds.
const patience = 20 * time.Second

// Hostile bodies end quickly in text.
func TestOpenIsNotHeldUpByHostileBodies(t *testing.T) {
	xmlLaughs, yamlLaughs := laughs()
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
			limits := normalize.Limits{DecodedBytes: 4 << 20}
			start := time.Now()
			d := limits.Open(answerOf(test.contentType, test.body))
			if took := time.Since(start); took > patience {
				t.Errorf("took %v", took)
			} else {
				t.Log(took, d.Format, d.Note)
			}
			checkDocument(t, d)
		})
	}
}

func BenchmarkOpenHTML(b *testing.B) {
	for name, part := range map[string]string{"div": "<div>", "table": "<table><a>", "b": "<b><i>"} {
		a := answerOf("text/html", strings.Repeat(part, 1<<20/len(part)))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				normalize.DefaultLimits().Open(a)
			}
		})
	}
}
