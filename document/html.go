package document

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxBlockBytes is how much of a paragraph or heading is kept.
const maxBlockBytes = 1 << 10

// MaxHTMLBytes is how much of a page is read. An error page says what happened at its top.
const MaxHTMLBytes = 64 << 10

// blocksOf reads a page with the tokenizer alone, which no nesting can slow down.
func blocksOf(text string) []Block {
	z := html.NewTokenizer(strings.NewReader(Clip(text, MaxHTMLBytes)))
	z.SetMaxBuf(MaxHTMLBytes)
	r := pageReader{}
	for {
		switch z.Next() {
		case html.ErrorToken:
			r.endBlock(0)
			return r.blocks
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
	blocks []Block
}

// Block is the text of one element of a page, without markup and with white space collapsed.
type Block struct {
	In   atom.Atom // 0: of none that stands apart
	Text string
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

// maxBlocks is how many blocks are kept. A longer page is not a plain error page.
const maxBlocks = 200

// endBlock keeps the text since the last block. What follows belongs to next.
func (r *pageReader) endBlock(next atom.Atom) {
	text := strings.TrimSpace(r.text.String())
	if r.block == atom.Pre {
		text, _, _ = strings.Cut(text, "\n") // a stack trace follows
	}
	text = Clip(strings.Join(strings.Fields(text), " "), maxBlockBytes)
	if text != "" && len(r.blocks) < maxBlocks {
		r.blocks = append(r.blocks, Block{r.block, text})
	}
	r.text.Reset()
	r.block = next
}

// isUnread is true for elements whose text is for browsers, or for navigating a site.
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
