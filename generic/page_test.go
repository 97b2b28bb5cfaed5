package generic_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gateway/document"
	"gateway/generic"
)

func TestPagesSayWhatHappened(t *testing.T) {
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
			got := generic.PageOf(document.DefaultLimits().Open(http.Header{"Content-Type": {"text/html"}}, []byte(test.body), false))
			if diff := cmp.Diff([3]string{test.title, test.heading, test.sentence}, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}
