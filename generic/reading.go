package generic

import (
	"cmp"
	"slices"
	"strings"

	"gateway/meaning"
	"gateway/wording"
)

// detail returns the words that help most, and f's own where those are others. A vague sentence is told
// together with the first one below it; one that says nothing gives way to the only one.
func (f *fault) detail() (detail, message string) {
	own := f.ownWords()
	below := f.firstBelow()
	switch {
	case below == "" || own == below:
		return own, ""
	case own == "":
		return below, ""
	case !meaning.IsVague(own):
		return own, ""
	case wording.IsReasonPhrase(own), meaning.SaysNothing(own) && f.countBelow() == 1:
		return below, own
	}
	return joinWords(own, below), own
}

// joinWords puts a general sentence before the one that tells more; what has an equals sign was written for machines.
func joinWords(general, more string) string {
	if strings.Contains(general, "=") {
		return more
	}
	if !strings.HasSuffix(general, ".") && !strings.HasSuffix(general, "!") {
		general = strings.TrimRight(general, ": ") + ":"
	}
	return wording.CleanText(general+" "+more, wording.MaxTextBytes)
}

// told is detail, with a short message put before the longer text that explains it.
func (f *fault) told() (detail, message string) {
	detail, message = f.detail()
	if short := best(f.texts); detail != "" && detail == f.longer(short) && !meaning.IsVague(short) && !strings.Contains(detail, short) {
		detail = joinWords(short, detail)
	}
	return detail, message
}

// ownWords are what f itself says: its text, or its title where that tells more.
func (f *fault) ownWords() string {
	text, title := best(f.texts), best(f.titles)
	if text == "" || meaning.IsVague(text) && !meaning.IsVague(title) {
		return cmp.Or(title, text)
	}
	return cmp.Or(f.longer(text), text)
}

// minDetailWords is how many words a longer text needs to be told instead of a message.
const minDetailWords = 5

// longer returns the text of a member such as detail where the message is short or vague and it tells more.
func (f *fault) longer(text string) string {
	if countWords(text) >= minDetailWords && !meaning.IsVague(text) {
		return ""
	}
	vague := meaning.IsVague(text)
	for _, other := range f.texts {
		n := countWords(other.text)
		if other.rank == 2 && n >= minDetailWords && n > countWords(text) || vague && other.rank <= 3 && !meaning.IsVague(other.text) {
			return other.text
		}
	}
	if i := slices.IndexFunc(f.texts, func(other ranked) bool { return other.rank <= 3 && !meaning.SaysNothing(other.text) }); i >= 0 && meaning.SaysNothing(text) {
		return f.texts[i].text
	}
	if i := slices.IndexFunc(f.texts, func(other ranked) bool { return other.rank <= endingRank && !meaning.IsVague(other.text) }); i >= 0 && (wording.IsReasonPhrase(text) || meaning.SaysNothing(text) && wording.IsRemark(f.texts[i].text)) {
		return f.texts[i].text
	}
	return ""
}

func countWords(text string) int { return strings.Count(text, " ") + 1 }

// firstBelow is the text of the first that stands below f.
func (f *fault) firstBelow() string {
	for _, list := range [][]fault{f.inner, f.items} {
		for i := range list {
			if text, _ := list[i].told(); text != "" {
				return text
			}
		}
	}
	return ""
}

// countBelow is how many stand below f.
func (f *fault) countBelow() int {
	n := 0
	for _, item := range append(leaves(f.inner), leaves(f.items)...) {
		if item.hasWords() {
			n++
		}
	}
	return n
}
