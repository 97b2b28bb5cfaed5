package meaning

import (
	"iter"

	"gateway/wording"
)

// AllPhrases yields every pattern of the tables of words.
func AllPhrases() iter.Seq[wording.Phrase] {
	lists := []wording.Phrases{failingWords, lackingWords}
	for _, v := range vocabularies() {
		lists = append(lists, v.says, v.unless)
	}
	for _, sense := range codeSenses() {
		lists = append(lists, sense.says, sense.unless)
	}
	return func(yield func(wording.Phrase) bool) {
		for _, list := range lists {
			for _, p := range list {
				if !yield(p) {
					return
				}
			}
		}
	}
}
