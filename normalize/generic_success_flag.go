package normalize

import (
	"slices"
	"strings"

	"gateway/document"
)

// flags are members by which a vendor says that a call went wrong when they are false.
var flags = []string{"ok", "success", "succeeded", "issuccess", "successful", "succeed", "sucesso", "exito", "succes"}

// saysNo is true for false, and for a word in its place.
func saysNo(n *document.Node) bool {
	word := strings.ToLower(n.Text)
	return n.Kind == document.Bool && word == "false" || n.Kind == document.String && (word == "false" || slices.Contains(failWords, word) || slices.Contains(weakWords, word))
}

// hidesInFlag is true for {"ok": false} with an error beside it.
func hidesInFlag(d document.Document) bool {
	if d.Format != document.FormatJSON || d.Root.Kind != document.Object {
		return false
	}
	failed := slices.ContainsFunc(d.Root.Members, func(m document.Member) bool {
		return slices.Contains(flags, plainName(m.Name)) && saysNo(m.Value)
	})
	if !failed && slices.ContainsFunc(d.Root.Members, func(m document.Member) bool {
		return isOutcome(plainName(m.Name)) && m.Value.Kind == document.Bool && saysNo(m.Value)
	}) {
		return hasError(d.Root)
	}
	return failed && (hasError(d.Root) || isEnvelope(d.Root) && walkSays(d.Root))
}

// hasError is true for an object with an error or errors that are not empty.
func hasError(n *document.Node) bool {
	return slices.ContainsFunc(n.Members, func(m document.Member) bool {
		name := plainName(m.Name)
		switch {
		case !isErrorName(name) && name != "reasons", m.Value.Kind == document.Bool, holdsNothing(m.Value), m.Value.Text == "0":
			return false
		case strings.HasSuffix(name, "count"), strings.HasSuffix(name, "rate"):
			return false
		}
		return !areTokens(m.Value) || slices.ContainsFunc(m.Value.Items, turnsAwayByCode)
	})
}

// areTokens is true for a list of codes alone, which may be the outcome that the caller asked for: of a check.
func areTokens(n *document.Node) bool {
	return n.Kind == document.List && !slices.ContainsFunc(n.Items, func(item *document.Node) bool { return item.Kind != document.String || !isToken(item.Text) })
}

func turnsAwayByCode(n *document.Node) bool {
	sense, known := senseOfCode(n.Text)
	return known && isAway(sense.as)
}

// withParsed returns an object in which JSON that texts hold stands in their place.
func withParsed(n *document.Node) *document.Node {
	if n == nil || n.Kind != document.Object {
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

// isOutcomeOfCheck is true for an answer that tells the outcome of a check, {"valid": false}, and for one that says no to
// what it was to check, and why by codes alone, none of which is
// about who asks: {"success": false, "error-codes": ["timeout-or-duplicate"]}.
func isOutcomeOfCheck(n *document.Node) bool {
	refuses, told, coded := false, false, true
	for _, m := range n.Members {
		if slices.Contains(checks, plainName(m.Name)) && m.Value.Text == "false" {
			return true
		}
		refuses = refuses || slices.Contains(flags, plainName(m.Name)) && saysNo(m.Value)
		if isErrorName(plainName(m.Name)) && !holdsNothing(m.Value) {
			told, coded = true, coded && areTokens(m.Value) && !slices.ContainsFunc(m.Value.Items, turnsAwayByCode)
		}
	}
	return refuses && told && coded && !hasWords(n)
}
