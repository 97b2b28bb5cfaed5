package normalize

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxHTMLBytes is how much of a page is looked at; what an error page says stands at its top.
const maxHTMLBytes = 64 << 10

// page is what an HTML page says, each without markup and with white space collapsed.
type page struct{ title, heading, sentence string }

// readPage reads a page with the tokenizer alone, which no nesting can slow down.
func readPage(text string) page {
	z := html.NewTokenizer(strings.NewReader(clip(text, maxHTMLBytes)))
	z.SetMaxBuf(maxHTMLBytes)
	r := pageReader{}
	for {
		switch z.Next() {
		case html.ErrorToken:
			r.endBlock(0)
			return r.page()
		case html.TextToken:
			if r.skip == 0 {
				r.text.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			r.start(atom.Lookup(name))
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(atom.Lookup(name))
		case html.SelfClosingTagToken: // holds no text
			if name, _ := z.TagName(); atom.Lookup(name) == atom.Br {
				r.start(atom.Br)
			}
		}
	}
}

// pageReader gathers blocks of text.
type pageReader struct {
	skip   atom.Atom // inside an element whose text is not for readers
	block  atom.Atom // the element that the text belongs to
	text   strings.Builder
	blocks []block
}

// block is the text of one element.
type block struct {
	in   atom.Atom
	text string
}

// start ends the text before an element that stands apart from it.
func (r *pageReader) start(a atom.Atom) {
	switch {
	case r.skip != 0:
	case a == atom.Br:
		r.text.WriteByte('\n')
	case isUnread(a):
		r.endBlock(r.block)
		r.skip = a
	case !isInline(a):
		r.endBlock(a)
	}
}

// end ends the text of an element.
func (r *pageReader) end(a atom.Atom) {
	switch {
	case r.skip == a:
		r.skip = 0
	case r.skip == 0 && !isInline(a):
		r.endBlock(0)
	}
}

// maxBlocks is how many are kept; a page that has more is no plain error page.
const maxBlocks = 200

// endBlock keeps the text since the last one; what follows belongs to next.
func (r *pageReader) endBlock(next atom.Atom) {
	text := strings.TrimSpace(r.text.String())
	if r.block == atom.Pre {
		text, _, _ = strings.Cut(text, "\n") // a stack trace follows
	}
	text = clip(strings.Join(strings.Fields(text), " "), MaxTextBytes)
	if text != "" && len(r.blocks) < maxBlocks {
		r.blocks = append(r.blocks, block{r.block, text})
	}
	r.text.Reset()
	r.block = next
}

// isUnread is true for elements whose text is for browsers, or for finding one's way on a site.
func isUnread(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Select, atom.Nav, atom.Footer,
		atom.Button, atom.Textarea, atom.Iframe:
		return true
	}
	return false
}

// isInline is true for elements that stand within a sentence.
func isInline(a atom.Atom) bool {
	switch a {
	case atom.A, atom.Abbr, atom.B, atom.Code, atom.Em, atom.Font, atom.I, atom.Kbd, atom.Mark, atom.Q, atom.S,
		atom.Samp, atom.Small, atom.Span, atom.Strong, atom.Sub, atom.Sup, atom.Tt, atom.U, atom.Var, atom.Wbr, 0:
		return true
	}
	return false
}

// page chooses among the blocks.
func (r *pageReader) page() page {
	var p page
	for _, b := range r.blocks {
		switch b.in {
		case atom.Title:
			p.title = cmp.Or(p.title, b.text)
		case atom.H1, atom.H2, atom.H3:
			p.heading = cmp.Or(p.heading, b.text)
		}
	}
	p.sentence = r.telling(atom.P, atom.H2, atom.Li, atom.Dd)
	if p.sentence == "" && p.heading == "" {
		p.sentence = r.first(atom.Pre)
	}
	if p.sentence == "" {
		p.sentence = r.telling(atom.Body, atom.Div, atom.Td, atom.Pre, atom.Center, atom.Main, atom.Section, 0)
	}
	return p
}

// telling returns the first sentence among blocks of these elements that says what happened rather than what to do.
func (r *pageReader) telling(in ...atom.Atom) string {
	for _, b := range r.blocks {
		text := withoutLabel(b.text)
		if slices.Contains(in, b.in) && isTelling(text) {
			return text
		}
	}
	return ""
}

// first returns the first block in this element.
func (r *pageReader) first(in atom.Atom) string {
	for _, b := range r.blocks {
		if b.in == in {
			return b.text
		}
	}
	return ""
}

// withoutLabel cuts what Tomcat's pages put before the words.
func withoutLabel(text string) string {
	return strings.TrimPrefix(strings.TrimPrefix(text, "Message "), "Description ")
}

const (
	minWords = 4  // of a sentence
	minRunes = 12 // of a sentence in a script that has no spaces
)

// untelling are beginnings of what pages say beside the matter.
var untelling = []string{
	"please", "if you", "try ", "visit", "copyright", "©", "you can", "what ", "why ", "how ", "type ", "click", "go ",
	"contact", "back to", "enable", "apache", "nginx", "powered",
}

// isTelling is true for a sentence that is neither advice nor a question.
func isTelling(text string) bool {
	lower := strings.ToLower(text)
	for _, beginning := range untelling {
		if strings.HasPrefix(lower, beginning) {
			return false
		}
	}
	words := strings.Count(text, " ") + 1
	wide := len(text) > utf8.RuneCountInString(text) && utf8.RuneCountInString(text) >= minRunes
	return (words >= minWords || wide) && !strings.HasSuffix(text, "?")
}
