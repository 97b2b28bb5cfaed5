package normalize

import (
	"iter"

	"gateway/document"
)

// AllPhrases yields every pattern of the tables of words with what tells whether it is worth trying on a text.
func AllPhrases() iter.Seq2[string, func(string) bool] {
	lists := []phrases{failingWords, lackingWords, {frame}}
	for _, v := range vocabularies() {
		lists = append(lists, v.says, v.unless)
	}
	for _, sense := range codeSenses() {
		lists = append(lists, sense.says, sense.unless)
	}
	return func(yield func(string, func(string) bool) bool) {
		for _, list := range lists {
			for _, p := range list {
				worthTrying := func(text string) bool {
					has := pairsOf(text)
					return p.mayFit(&has, text)
				}
				if !yield(p.pattern.String(), worthTrying) {
					return
				}
			}
		}
	}
}

// IsWorthTrying is true if a pattern may match text.
func IsWorthTrying(pattern, text string) bool {
	p, has := newPhrase(pattern), pairsOf(text)
	return p.mayFit(&has, text)
}

// PageOf returns title, heading and sentence of a page.
func PageOf(d document.Document) [3]string {
	p := pageOf(d.Blocks)
	return [3]string{p.title, p.heading, p.sentence}
}
