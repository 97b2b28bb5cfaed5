package generic

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/atom"

	"gateway/document"
	"gateway/meaning"
)

// page is what an HTML page says.
type page struct {
	title    string
	heading  string // the first that has words
	sentence string // the first that says what happened
}

// pageOf chooses among the blocks of a page. What follows a heading that tells of an error comes before all others.
func pageOf(blocks []document.Block) page {
	var p page
	at := errorHeading(blocks)
	for i, b := range blocks {
		switch b.In {
		case atom.Title:
			p.title = cmp.Or(p.title, b.Text)
		case atom.H1, atom.H2, atom.H3:
			if i >= at {
				p.heading = cmp.Or(p.heading, b.Text)
			}
		}
	}
	p.sentence = cmp.Or(telling(blocks[at:], paragraphs), telling(blocks, paragraphs))
	if p.sentence == "" && p.heading == "" {
		p.sentence = firstIn(blocks, atom.Pre)
	}
	if p.sentence == "" {
		p.sentence = telling(blocks, containers)
	}
	if p.sentence == "" && p.heading == "" {
		p.heading = firstIn(blocks, atom.Body)
	}
	return p
}

// Elements that hold sentences: those that are made for them come first.
var (
	paragraphs = []atom.Atom{atom.P, atom.H2, atom.Li, atom.Dd}
	containers = []atom.Atom{atom.Body, atom.Div, atom.Td, atom.Pre, atom.Center, atom.Main, atom.Section, 0}
)

// errorHeading is where the heading of an error stands in a page that has others, or 0.
func errorHeading(blocks []document.Block) int {
	return max(0, slices.IndexFunc(blocks, func(b document.Block) bool {
		return b.In == atom.H1 && meaning.IsVague(b.Text)
	}))
}

// telling returns the first sentence among blocks of these elements that says what happened rather than what to do.
func telling(blocks []document.Block, in []atom.Atom) string {
	for _, b := range blocks {
		text, ok := withoutLabel(b.Text)
		if ok && slices.Contains(in, b.In) && isTelling(text) {
			return text
		}
	}
	return ""
}

// firstIn returns the first block in this element.
func firstIn(blocks []document.Block, in atom.Atom) string {
	for _, b := range blocks {
		if b.In == in {
			return b.Text
		}
	}
	return ""
}

// pageLabel is what the pages of Tomcat and JBoss put before their words, with or without numbers of messages.
var pageLabel = regexp.MustCompile(`^(?:[A-Z]{2,}\d{3,}: )?(?:(Message|message|Description|description|Type|type|Note|note) )?(?:[A-Z]{2,}\d{3,}: )?`)

// withoutLabel cuts it; false for what it says to be no words.
func withoutLabel(text string) (string, bool) {
	m := pageLabel.FindStringSubmatch(text)
	label := strings.ToLower(m[1])
	return text[len(m[0]):], label != "type" && label != "note"
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
