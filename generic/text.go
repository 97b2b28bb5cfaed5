package generic

import (
	"regexp"
	"strconv"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// edgeCode is how Cloudflare words a page for clients that want text.
var edgeCode = regexp.MustCompile(`^error code: (\d+)$`)

// readText reads a text body: words, or a code alone.
func readText(v *seen) (fault, bool) {
	if v.doc.Format != document.FormatText || v.doc.Note != "" && !(v.doc.Note == document.Unparsable && isProse(v.doc.Text)) {
		return fault{}, false
	}
	var f fault
	text := wording.CleanText(v.doc.Text, wording.MaxTextBytes)
	switch m := edgeCode.FindStringSubmatch(text); {
	case m != nil:
		f.texts = append(f.texts, ranked{text, 1})
		if n, err := strconv.Atoi(m[1]); err == nil && n >= 1000 {
			f.codes = append(f.codes, ranked{m[1], 0})
		}
		f.addRay(v.answer)
	case wording.IsCode(text):
		f.addKind(text, 0)
	case text != "":
		f.texts = append(f.texts, ranked{text, 1})
	}
	return f, true
}

// isProse is true for a text that is no piece of a structure, whatever its media type says.
func isProse(text string) bool { return !strings.ContainsAny(text, "{}<>") }

// addRay takes Cloudflare's id, which every answer through it has, where it is Cloudflare that answers.
func (f *fault) addRay(a *document.Answer) { f.id.better(wording.CleanID(a.Header.Get("Cf-Ray")), 1) }
