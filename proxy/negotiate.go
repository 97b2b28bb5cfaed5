package proxy

import (
	"iter"
	"mime"
	"strconv"
	"strings"
)

// wantsXML is true for a caller that accepts XML and no JSON (RFC 9110, section 12.5.1). It must name XML: a range such as
// text/* comes from people who want to read. Everybody else gets JSON, because an Accept header that fits nothing must not
// turn the vendor's error into a 406.
func wantsXML(accept []string) bool {
	if len(accept) == 0 || len(accept) == 1 && (accept[0] == "*/*" || accept[0] == "application/json") {
		return false // as with most
	}
	return names(accept, "xml") && !names(accept, "json") && quality(accept, "application/problem+json", "application/json") == 0
}

// names is true if one of the media types that are accepted by name, not by a range, has a form: such as application/xml,
// text/xml, or the suffix +xml (RFC 6839). XHTML is a page and does not count.
func names(accept []string, form string) bool {
	for name, q := range ranges(accept) {
		class, subtype, _ := strings.Cut(name, "/")
		if q > 0 && (class == "application" || class == "text") && name != "application/xhtml+xml" &&
			(subtype == form || strings.HasSuffix(subtype, "+"+form)) {
			return true
		}
	}
	return false
}

// wantsHTML is true for a caller, such as a browser, that prefers HTML to JSON.
func wantsHTML(accept []string) bool {
	return quality(accept, "text/html", "application/xhtml+xml") > quality(accept, "application/json")
}

// quality returns the highest weight that accept gives to one of the media types, each by its most specific range. The
// range */* counts only without an Accept header, or for JSON, which is what a caller with */* gets.
func quality(accept []string, types ...string) float64 {
	best := 0.0
	for _, t := range types {
		best = max(best, qualityOf(accept, t))
	}
	return best
}

func qualityOf(accept []string, media string) float64 {
	class, _, _ := strings.Cut(media, "/")
	found, best := -1, 0.0
	for name, q := range ranges(accept) {
		specific := -1
		switch name {
		case media:
			specific = 2
		case class + "/*":
			specific = 1
		case "*/*":
			specific = 0
		}
		if specific > found {
			found, best = specific, q
		}
	}
	return best
}

// ranges yields the readable entries of accept: media types and ranges in lower case, with their weights.
func ranges(accept []string) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for entry := range strings.SplitSeq(strings.Join(accept, ","), ",") {
			name, params, err := mime.ParseMediaType(strings.TrimSpace(entry))
			if err == nil && !yield(name, weight(params["q"])) {
				return
			}
		}
	}
}

// weight reads a q parameter. An unreadable one counts as 1, as if it were missing.
func weight(text string) float64 {
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || q < 0 || q > 1 {
		return 1
	}
	return q
}
