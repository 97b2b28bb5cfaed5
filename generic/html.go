package generic

import (
	"regexp"
	"strings"

	"gateway/document"
	"gateway/problem"
	"gateway/wording"
)

var (
	// originDown is how a CDN says that the server behind it does not answer.
	originDown = regexp.MustCompile(`\b(?:web server is (?:down|returning|not)|origin (?:\w+ )?(?:is )?(?:unreachable|down|dns error|unavailable|error)|host error|connection (?:timed out|refused)|argo tunnel error|railgun|` +
		`(?:could not|couldn't|can't|cannot|unable to|wasn't able to|failed to|was not able to) (?:re)?(?:connect to|reach|contact) (?:the |your )?(?:origin|server|backend|host|application)|no healthy (?:upstream|backend)|` +
		`application (?:error|is (?:not responding|unavailable))|backend (?:fetch failed|is unhealthy)|under maintenance|scheduled maintenance)`)
	// challenge is how firewalls, bot walls and login pages speak.
	challenge = regexp.MustCompile(`\b(?:just a moment|attention required|checking (?:your browser|if the site connection is secure)|verify(?:ing)? (?:that )?you(?:'re| are) (?:a )?(?:human|not a (?:ro)?bot)|captcha|are you (?:a )?(?:human|robot)|` +
		`enable (?:javascript|js|cookies)|ddos protection|security check|(?:web application |website )?firewall|pardon our interruption|incident id|request (?:was |has been |is )?(?:blocked|rejected)|requested url was rejected|` +
		`(?:you have been|has been|you were|you've been|been) blocked|access (?:to this (?:page|site) )?(?:has been |is )?denied\b.{0,200}\b(?:reference|ray id|incident|you don't have permission to access)|unusual (?:traffic|activity)|automated (?:access|requests|traffic)|` +
		`bot (?:detection|management|protection)|mod_?security|support id|human verification|press (?:&|and) hold)`)
	// login is how a page asks for a user.
	login     = regexp.MustCompile(`(?i)<input[^>]+type\s*=\s*["']?password`)
	loginName = regexp.MustCompile(`^(?:(?:please )?(?:log ?in|sign ?in|authenticate)|single sign[- ]on|sso|.{0,40}\b(?:log ?in|sign ?in) (?:page|to|required)|anmelde\w*|login .{0,30}|.{0,30} login)\b`)
	// tooMany is how an edge limits requests.
	tooMany = regexp.MustCompile(`\b(?:rate[- ]limited|error 1015|too many requests|rate limit)`)
)

// readHTML reads a page of whatever stands in front of the API or failed in it.
func readHTML(v *seen) (fault, bool) {
	if v.doc.Format != document.FormatHTML {
		return fault{}, false
	}
	var f fault
	p := pageOf(v.doc.Blocks)
	if p.sentence != "" {
		f.texts = append(f.texts, ranked{wording.CleanText(p.sentence, wording.MaxTextBytes), 1})
	}
	for rank, text := range []string{p.heading, p.title} {
		if text = wording.CleanText(text, wording.MaxTextBytes); text != "" {
			f.titles = append(f.titles, ranked{text, rank})
		}
	}
	f.known = pageType(v, p)
	if f.known != "" || strings.EqualFold(v.answer.Header.Get("Server"), "cloudflare") && strings.Contains(strings.ToLower(v.doc.Text), "cloudflare") {
		f.addRay(v.answer)
	}
	return f, true
}

// pageType tells pages of an edge from those of the vendor's own servers; "" for the latter.
func pageType(v *seen, p page) problem.Type {
	names := strings.ToLower(p.title + "\n" + p.heading)
	words := names + "\n" + strings.ToLower(p.sentence)
	all := strings.Join(strings.Fields(strings.ToLower(visible(v.doc.Text))), " ")
	switch {
	case tooMany.MatchString(words):
		return problem.RateLimited
	case v.answer.Status >= 500 && originDown.MatchString(all):
		return problem.UpstreamUnavailable
	case v.answer.Header.Get("Cf-Mitigated") != "", v.answer.Status != 404 && challenge.MatchString(all):
		return problem.EdgeChallenge
	case login.MatchString(v.doc.Text), loginName.MatchString(names):
		return problem.EdgeChallenge
	}
	return ""
}

var markup = regexp.MustCompile(`(?s)<(?:script|style)\b.*?</(?:script|style)>|<!--.*?-->|<[^>]*>`)

// visible is what of a page people see, as far as errors go.
func visible(text string) string {
	return markup.ReplaceAllString(document.Clip(text, document.MaxHTMLBytes), " ")
}

// leadsToChallenge is true for what a bot wall sends to programs: where a browser finds its challenge.
func leadsToChallenge(n *document.Node) bool {
	for _, m := range n.Members {
		if strings.Contains(strings.ToLower(document.TextOf([]*document.Node{m.Value})), "captcha") {
			return true
		}
	}
	return false
}
