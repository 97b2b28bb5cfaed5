package generic

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// addHead takes what headers tell: the challenge (RFC 6750, section 3) where the body says nothing, AWS's code and the
// request's id.
func (f *fault) addHead(a *document.Answer) {
	if !f.hasWords() && len(f.items) == 0 {
		text := cmp.Or(firstByEnding(a.Header, textHeaders), a.Challenge("error_description"))
		if text = wording.CleanText(text, wording.MaxTextBytes); text != "" && !wording.IsCode(text) {
			f.texts = append(f.texts, ranked{text, 0})
		}
	}
	if len(f.codes)+len(f.kinds) == 0 {
		f.addKind(wording.CleanText(a.Challenge("error"), wording.MaxCodeBytes), 6)
	}
	if code := wording.BareCode(firstByEnding(a.Header, codeHeaders)); code != "" {
		f.codes = append(f.codes, ranked{code, 0})
	}
	f.id.better(firstByEnding(a.Header, idHeaders), worstRank)
}

// What names of headers end with, without separators, the best first: those with the request's id, and those with an
// error's code and words.
var (
	idHeaders   = []string{"requestid", "reqid", "correlationid", "debugid", "traceid", "trackingid", "transactionid", "queryid", "responseid", "fbrev"}
	codeHeaders = []string{"errorcode", "errortype"}
	textHeaders = []string{"errormessage", "errordescription", "errordetail"}
)

// isCallers is true for ids that callers give to their own requests and vendors send back.
func isCallers(name string) bool {
	return strings.HasSuffix(name, "clientrequestid") || strings.HasSuffix(name, "clientreqid")
}

// firstByEnding finds the header that ends best.
func firstByEnding(h http.Header, endings []string) string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, ending := range endings {
		for _, name := range names {
			if strings.HasSuffix(wording.PlainName(name), ending) && !isCallers(wording.PlainName(name)) {
				if id := wording.CleanID(h.Get(name)); id != "" {
					return id
				}
			}
		}
	}
	return ""
}
