package normalize

import (
	"slices"
	"strings"

	"gateway/document"
)

// readHidden reads an error that hides in a success of a vendor that has no rule for it. Precision comes first: an
// answer that could be a thing with an error of its own, or a report of errors, is none.
func readHidden(a *Answer, d document.Document) (Reading, bool) {
	if a.Status < 200 || a.Status > 299 || a.Status == 207 || a.Cut || d.Note != "" || !document.IsStructured(d.MediaType) {
		return Reading{}, false
	}
	if d.Root = withoutPrefixes(withParsed(d.Root)); d.Root != nil && isOutcomeOfCheck(d.Root) {
		return Reading{}, false
	}
	for _, hides := range hidings {
		if hides(d) {
			return readGeneric(a, d)
		}
	}
	return Reading{}, false
}

// hidings are the ways in which errors are known to hide.
var hidings = []func(document.Document) bool{hidesInXML, hidesInGraphQL, hidesInFlag, hidesInRPC, hidesInMeta, hidesInEnvelope, hidesInRefusal, hidesInCore}

// hidesInGraphQL is true for errors without any data.
func hidesInGraphQL(d document.Document) bool {
	if d.Format != document.FormatJSON || !isGraphQL(d.Root) {
		return false
	}
	for _, m := range d.Root.Members {
		if !slices.Contains([]string{"errors", "data", "extensions"}, m.Name) {
			return false
		}
	}
	return !hasData(d.Root.Get("data"))
}

// hasData is true for data of which at least one member is there.
func hasData(data *document.Node) bool {
	if data == nil || data.Kind == document.Null {
		return false
	}
	for _, m := range data.Members {
		if m.Value.Kind != document.Null {
			return true
		}
	}
	return data.Kind != document.Object
}

// hidesInRPC is true for the error of JSON-RPC 2.0 (section 5.1), which stands in place of a result.
func hidesInRPC(d document.Document) bool {
	failure := d.Root.Get("error")
	return d.Format == document.FormatJSON && d.Root.Get("jsonrpc") != nil && failure != nil && failure.Kind == document.Object && failure.Get("message") != nil &&
		(d.Root.Get("result") == nil || d.Root.Get("result").Kind == document.Null)
}

// failWords are words by which an answer says that it is an error, and not a thing that has failed.
var failWords = []string{"error", "err", "fail", "failure", "erro", "erreur", "errore", "fehler"}

// saysFailed is true for {"status": "error"} and its like.
func saysFailed(n *document.Node) bool {
	for _, m := range n.Members {
		switch plainName(m.Name) {
		case "status", "result", "ack", "resultcode", "stat":
			if m.Value.Kind == document.String && slices.Contains(failWords, strings.ToLower(m.Value.Text)) {
				return true
			}
		}
	}
	return false
}

// hidesInMeta is true for {"meta": {"status": …}} whose word is a known error, with nothing beside it.
func hidesInMeta(d document.Document) bool {
	if d.Root == nil || d.Root.Kind != document.Object {
		return false
	}
	for _, m := range d.Root.Members {
		if name := plainName(m.Name); (name == "meta" || name == "status" || name == "header" || name == "fault" || name == "messages") && m.Value.Kind == document.Object {
			return (isError(m.Value) || saysFailed(m.Value) && walkSays(m.Value) || saysWhy(m.Value)) && isEnvelope(d.Root) && !isIdentified(d.Root)
		}
	}
	return false
}

// isIdentified is true for a thing that has an id and a kind of its own.
func isIdentified(n *document.Node) bool { return n.Get("id") != nil && n.Get("kind") != nil }

// saysWhy is true for an object with a sentence that turns the caller away.
func saysWhy(n *document.Node) bool {
	f := walk(n, document.DefaultLimits())
	return turnsAway(best(f.texts))
}

// hidesInEnvelope is true for an object that is an error from head to foot.
func hidesInEnvelope(d document.Document) bool {
	root := answerIn(d.Root)
	if d.Format != document.FormatJSON || root.Kind != document.Object || !isEnvelope(root) {
		return false
	}
	for _, m := range root.Members {
		if name := plainName(m.Name); m.Value.Kind == document.Object && (name == "error" || name == "err" || name == "fault") {
			return isError(m.Value) || walkSays(root)
		}
	}
	return hasErrorList(root) || isError(root) || saysFailed(root) && (hasWords(root) || namesError(root)) || complains(root)
}

// namesError is true for an answer that has a token under the name of an error.
func namesError(n *document.Node) bool {
	for _, m := range n.Members {
		if name := plainName(m.Name); (name == "error" || name == "exception") && m.Value.Kind == document.String && isToken(m.Value.Text) && !isGoodCode(m.Value.Text) && !holdsNothing(m.Value) {
			return true
		}
	}
	return false
}

// complains is true for an answer with a sentence under the name of an error, if it is nothing else or its meaning is
// known.
func complains(n *document.Node) bool {
	for _, m := range n.Members {
		text := textOf([]*document.Node{m.Value})
		if is := roleOf(m.Name).role; !strings.Contains(text, " ") || is != errorRole && plainName(m.Name) != "errormessage" {
			continue
		}
		return len(n.Members) == 1 || meansSomething(text)
	}
	return false
}

// hasWords is true for an object in which the reader finds a sentence.
func hasWords(n *document.Node) bool {
	f := walk(n, document.DefaultLimits())
	return f.hasWords()
}

// hasErrorList is true for errors that are a list, each with words.
func hasErrorList(n *document.Node) bool {
	list := n.Get("errors")
	if list == nil || list.Kind != document.List || len(list.Items) == 0 {
		return false
	}
	f := walk(list, document.DefaultLimits())
	return len(f.items) == len(list.Items) && len(f.texts) == 0
}

// isError is true for an object whose code or status is an error's.
func isError(n *document.Node) bool {
	f := walk(&document.Node{Kind: document.Object, Members: n.Members}, document.DefaultLimits())
	if f.status >= 400 && f.hasWords() {
		return true
	}
	for _, code := range f.allCodes() {
		if sense, known := senseOfCode(code); known && (sense.firm || f.hasWords()) && !isGoodCode(code) {
			return true
		}
	}
	return false
}

// isGoodCode is true for codes that say that all is well.
func isGoodCode(code string) bool {
	switch strings.ToLower(code) {
	case "0", "ok", "success", "200", "none":
		return true
	}
	return false
}

// walkSays is true if the reader finds words, or a code that is no success's.
func walkSays(n *document.Node) bool {
	f := walk(n, document.DefaultLimits())
	return len(f.texts)+len(f.items)+len(f.inner) > 0 || slices.ContainsFunc(f.codes, func(code ranked) bool { return !isGoodCode(code.text) })
}
