package normalize

import (
	"net/http"
	"slices"
	"strings"
)

// addHead takes what headers tell: the challenge (RFC 6750, section 3) where the body says nothing, AWS's code and the
// request's id.
func (f *fault) addHead(a *Answer) {
	challenges := a.Header.Values("Www-Authenticate")
	if !f.hasWords() && len(f.items) == 0 && (a.Status < 500) {
		if text := cleanText(challengeParam(challenges, "error_description"), MaxTextBytes); text != "" {
			f.texts = append(f.texts, ranked{text, 0})
		}
	}
	if len(f.codes)+len(f.kinds) == 0 {
		f.addKind(cleanText(challengeParam(challenges, "error"), maxCodeBytes), 6)
	}
	if code := bareCode(a.Header.Get("X-Amzn-Errortype")); code != "" {
		f.codes = append(f.codes, ranked{code, 0})
	}
	f.id.better(requestIDIn(a.Header), worstRank)
}

// idHeaders are what names of headers with a request's id end with, without separators, the best first.
var idHeaders = []string{"requestid", "reqid", "correlationid", "debugid", "traceid", "trackingid", "transactionid", "fbrev"}

// requestIDIn finds the vendor's id of the request.
func requestIDIn(h http.Header) string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, ending := range idHeaders {
		for _, name := range names {
			if strings.HasSuffix(plainName(name), ending) && !strings.HasSuffix(plainName(name), "client"+ending) {
				if id := cleanID(h.Get(name)); id != "" {
					return id
				}
			}
		}
	}
	return ""
}
