package generic

import (
	"slices"

	"gateway/meaning"
	"gateway/problem"
)

// fault is one error object of a body, with what stands below it.
type fault struct {
	texts, titles  []ranked
	codes, kinds   []ranked // codes proper, and classes of errors
	fields         []string
	fieldRank      int    // of the member that names the field
	pointer, where string // JSON Pointer into the caller's body, and "query" or "header"
	status         int    // that the body names
	statusOfCode   bool   // a code is that status, or has its number by chance
	docs, id       ranked
	uri            string // type of a problem document
	wait           string // as the body says how long to wait
	again          *bool
	callers        bool         // SOAP says that the caller is to blame
	class          string       // and by which code of its own
	known          problem.Type // what the page it is says by itself
	items          []fault      // of lists and field maps
	inner          []fault      // further errors that are no list
}

// ranked is a text with the rank of the member that it stands in; the lower one is better.
type ranked struct {
	text string
	rank int
}

// better keeps the one of the lower rank, or the first.
func (r *ranked) better(text string, rank int) {
	if text != "" && (r.text == "" || rank < r.rank) {
		*r = ranked{text, rank}
	}
}

// best returns the first text of the lowest rank.
func best(of []ranked) string {
	var found ranked
	for _, each := range of {
		found.better(each.text, each.rank)
	}
	return found.text
}

// isEmpty is true if nothing tells that this is an error at all.
func (f *fault) isEmpty() bool {
	return len(f.texts)+len(f.titles)+len(f.codes)+len(f.kinds)+len(f.items)+len(f.inner) == 0 && f.known == ""
}

// tells is true if anything is in f that is worth keeping.
func (f *fault) tells() bool {
	return !f.isEmpty() || len(f.fields) > 0 || f.id.text != "" || f.docs.text != "" || f.wait != ""
}

// isJustWords is true for a fault that has nothing but words.
func (f *fault) isJustWords() bool {
	return len(f.texts) > 0 && len(f.titles)+len(f.codes)+len(f.kinds)+len(f.fields)+len(f.items)+len(f.inner) == 0
}

// saysWords is true if f or what stands below it has a text.
func (f *fault) saysWords() bool { return len(f.texts)+len(f.items)+len(f.inner) > 0 }

// bestRank is the lowest of f's own texts.
func (f *fault) bestRank() int {
	rank := worstRank
	for _, text := range f.texts {
		rank = min(rank, text.rank)
	}
	return rank
}

// saysSomething is true if f has words or a code of its own, or something below.
func (f *fault) saysSomething() bool {
	return len(f.texts)+len(f.codes)+len(f.items)+len(f.inner) > 0
}

// add takes in another fault that tells more of the same error. Its words come after f's own: where f has some, those
// of the other stand below.
func (f *fault) add(other fault) {
	f.addFacts(&other)
	if len(f.texts) > 0 && len(other.texts) > 0 && !(other.isJustWords() && other.bestRank() < f.bestRank()) {
		f.inner = append(f.inner, other)
		return
	}
	f.texts = append(f.texts, other.texts...)
	f.titles = append(f.titles, other.titles...)
	f.codes = append(f.codes, other.codes...)
	f.kinds = append(f.kinds, other.kinds...)
	f.items = append(f.items, other.items...)
	f.inner = append(f.inner, other.inner...)
	if len(f.fields) == 0 {
		f.fields, f.pointer, f.where = other.fields, other.pointer, other.where
	}
}

// below returns f under the words that lead to it, if there are some: they are told together.
func (f fault) below(lead ranked) fault {
	if lead.text == "" {
		return f
	}
	if more, _ := f.detail(); more != "" && !meaning.IsVague(lead.text) {
		lead.text = joinWords(lead.text, more)
	}
	outer := fault{texts: []ranked{lead}}
	outer.add(f)
	return outer
}

// addFacts takes what is told once for the whole answer.
func (f *fault) addFacts(other *fault) {
	f.docs.better(other.docs.text, other.docs.rank)
	f.id.better(other.id.text, other.id.rank)
	if f.status == 0 {
		f.status, f.statusOfCode = other.status, other.statusOfCode
	}
	if f.wait == "" {
		f.wait = other.wait
	}
	if f.again == nil {
		f.again = other.again
	}
	if f.uri == "" {
		f.uri = other.uri
	}
}

// addItem takes in one of several errors.
func (f *fault) addItem(item fault) {
	if item.isEmpty() && len(item.fields) == 0 {
		f.addFacts(&item)
		return
	}
	f.addFacts(&item)
	f.items = append(f.items, item)
}

// violated returns what of f and below names a field, or is one of several in a list: headings of such are left out.
func (f *fault) violated() []fault {
	var out []fault
	if len(f.fields) > 0 && len(f.items) == 0 {
		out = append(out, *f)
	}
	out = append(out, leaves(f.items)...)
	for i := range f.inner {
		out = append(out, f.inner[i].violated()...)
	}
	return out
}

// leaves returns the items that have none below themselves.
func leaves(items []fault) []fault {
	var out []fault
	for i := range items {
		below := append(leaves(items[i].items), leaves(items[i].inner)...)
		if len(below) == 0 || len(items[i].fields) > 0 && items[i].hasWords() && len(below) == 0 {
			below = items[i : i+1]
		}
		out = append(out, below...)
	}
	return out
}

// isNamed is true for a fault that has a code, or a token under the name error.
func (f *fault) isNamed() bool {
	return len(f.codes) > 0 || slices.ContainsFunc(f.kinds, func(kind ranked) bool { return kind.rank == 0 })
}

func (f *fault) hasWords() bool { return len(f.texts)+len(f.titles) > 0 }
