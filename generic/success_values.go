package generic

import (
	"regexp"
	"slices"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// failWords are words by which an answer says that it is an error, and not a thing that has failed.
var failWords = []string{"error", "err", "fail", "failure", "erro", "erreur", "errore", "fehler", "fault", "hata", "gagal"}

// refusals are words by which an answer says no more than that it is none.
var refusals = []string{"notok", "nok", "ng", "ko", "no", "bad", "error", "fail", "failure"}

// weakWords say that something failed, which may as well be a thing.
var weakWords = []string{"failed", "unsuccessful"}

// goodWords say that all is well.
var goodWords = []string{"ok", "success", "successful", "succeeded", "true", "done", "complete", "completed"}

func isGoodWord(word string) bool { return slices.Contains(goodWords, word) }

// isOutcomeWord is true for a word in the place of a code that says how the call went.
func isOutcomeWord(text string) bool {
	word := strings.ToLower(text)
	return slices.Contains(failWords, word) || slices.Contains(weakWords, word) || slices.Contains(refusals, word) || isGoodWord(word) || word == "f"
}

// isGoodCode is true for codes that say that all is well.
func isGoodCode(code string) bool {
	switch strings.ToLower(code) {
	case "0", "ok", "success", "200", "none":
		return true
	}
	return false
}

// isGoodNumber is true for 0, for the statuses of a success, and for 2 with noughts behind it.
func isGoodNumber(number string) bool {
	return strings.Trim(number, "0") == "" || len(number) >= 3 && number[0] == '2' && strings.Trim(number[1:], "0") == ""
}

var (
	// hexNumber is a number of an error in hexadecimal.
	hexNumber = regexp.MustCompile(`^0[xX](?:0*[1-9a-fA-F])[0-9a-fA-F]*$`)
	// lettered is a number of an error that letters lead: E0001, ERR-17, BP-DR-22.
	lettered = regexp.MustCompile(`^(?:E|[A-Z]+(?:[_-][A-Z]+)*(?:[_-]|\d))\d+$`)
	// date begins a time, which says when and not what.
	date = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:[T ]\d\d:|$)`)
)

func isDate(text string) bool { return date.MatchString(text) }

// countsNothing is true for a count of none, and for what pages through a list.
func countsNothing(name, number string) bool {
	return isPaging(name) || strings.Trim(number, "0") == "" && (strings.HasPrefix(name, "is") || strings.HasPrefix(name, "has") || strings.HasSuffix(name, "count") || strings.HasPrefix(name, "total") || strings.HasSuffix(name, "total"))
}

// holdsNothing is true for values that are empty, blank, false or null, and for objects of such.
func holdsNothing(n *document.Node) bool {
	switch {
	case n.IsEmpty(), n.Kind == document.Null:
		return true
	case n.Kind == document.Bool, n.Kind == document.String:
		return strings.EqualFold(n.Text, "false") || strings.TrimSpace(n.Text) == ""
	case n.Kind == document.Object:
		return !slices.ContainsFunc(n.Members, func(m document.Member) bool { return !holdsNothing(m.Value) })
	case n.Kind == document.List:
		return !slices.ContainsFunc(n.Items, func(item *document.Node) bool { return !holdsNothing(item) })
	}
	return false
}

// holdsFacts is true for an object that tells of the answer alone.
func holdsFacts(n *document.Node) bool {
	return n.Kind == document.Object && !slices.ContainsFunc(n.Members, func(m document.Member) bool { return !isFact(wording.PlainName(m.Name)) && !holdsNothing(m.Value) })
}

// withParsed returns an object in which JSON that texts hold stands in their place.
func withParsed(n *document.Node) *document.Node {
	if n.Kind != document.Object {
		return n
	}
	out := n
	for i, m := range n.Members {
		before, inner := m.Value.ParseText(document.DefaultLimits())
		if inner == nil || before != "" {
			continue
		}
		if out == n {
			out = &document.Node{Kind: document.Object, Members: slices.Clone(n.Members)}
		}
		out.Members[i].Value = inner
	}
	return out
}
