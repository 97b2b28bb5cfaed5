package generic

import (
	"slices"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// weigher gathers the clues of one object and of what it wraps.
type weigher struct {
	clues
	said     []sentence        // for people; looked at once all else is known
	remarks  []string          // sentences under names that say nothing of them
	payloads []document.Member // what is neither a scalar nor part of an envelope
	messages bool              // one of said stands under a name that messages have
	trusted  bool              // what it tells stands in what wraps answers
}

// sentence is what a member says; ofError is true where its name says that it is an error's.
type sentence struct {
	text    string
	ofError bool
}

const (
	// maxAnswerDepth is how deep an error may stand in an answer.
	maxAnswerDepth = 5
	// maxErrorMembers is how many members errors have at most; an object with more is a thing.
	maxErrorMembers = 40
)

func (w *weigher) add(k clue) { w.clues[k] = true }

// addExtra counts what is neither a mark nor words.
func (w *weigher) addExtra() {
	w.clues[extras] = w.clues[extra]
	w.add(extra)
}

func (w *weigher) say(ofError bool, texts ...string) {
	for _, text := range texts {
		w.said = append(w.said, sentence{text, ofError})
	}
}

// cluesOf gathers all that an answer tells.
func cluesOf(d document.Document) *clues {
	var w weigher
	root := w.open(d)
	if only := onlyItem(root); only != nil {
		w.clues[listed], w.clues[listedIn], w.clues[listedData] = true, root.Kind == document.Object, root.Get("data") != nil
		root = only
	}
	switch {
	case w.clues[errorRoot]:
	case root.Kind == document.Object:
		w.object(withoutPrefixes(root), maxAnswerDepth)
		w.ofRoot(d)
	case root.Kind == document.String && strings.Contains(root.Text, " "):
		w.addSentence(root.Text)
	case !areErrors(root):
		w.add(payloadList)
	}
	w.conclude()
	return &w.clues
}

// addSentence takes a text that is all of an answer.
func (w *weigher) addSentence(text string) {
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	if slices.Contains(failWords, strings.TrimRight(first, ":-,")) {
		w.add(failResult)
	}
	w.say(false, text)
	w.messages = true
}

// conclude looks at the words, unless they cannot matter any more.
func (w *weigher) conclude() {
	if len(w.said) == 0 && len(w.remarks) == 1 && w.isMarked() && isAway(meaningOf(w.remarks[0])) {
		w.say(false, w.remarks...)
		w.clues[extra], w.clues[extras], w.messages = w.clues[extras], false, true
	}
	w.clues[described] = !w.messages && len(w.said) > 0
	w.clues[only] = !w.has(extra, owned, dated, payloadList, payloadObject, otherWord, typed, settles)
	if w.weight()+weights[saysAway] < enough-4 {
		return
	}
	w.words()
	w.clues[mute] = len(w.said) == 0 && !w.clues[saysAway]
}

// object looks at all members; what they wrap comes last, when it is known what stands beside it.
func (w *weigher) object(n *document.Node, depth int) {
	left := maxErrorMembers
	for i, m := range n.Members {
		if explains(n, i) {
			m.Name = "code"
		}
		if w.member(m, depth); !m.Value.IsEmpty() {
			left--
		}
		if left < 0 {
			w.add(payloadObject)
			return
		}
	}
	payloads := w.payloads
	w.payloads = nil
	for _, m := range payloads {
		switch {
		case m.Value.Kind == document.List:
			w.add(payloadList)
		case depth == 0 || len(payloads) > 1 && !wrapsAnswers(m.Name) || !w.below(m, depth):
			w.add(payloadObject)
		}
	}
}

// explains is true for a member of which the next one tells more, as statmsg does of stat.
func explains(n *document.Node, i int) bool {
	if i+1 >= len(n.Members) || n.Members[i].Value.Kind == document.Object || n.Members[i].Value.Kind == document.List {
		return false
	}
	more, ok := strings.CutPrefix(wording.PlainName(n.Members[i+1].Name), wording.PlainName(n.Members[i].Name))
	return ok && (more == "msg" || more == "message" || more == "text" || more == "desc") && roleOf(n.Members[i].Name).role == noRole
}

// below goes into an object that may be what the vendor wraps its answers in; false if it is none.
func (w *weigher) below(m document.Member, depth int) bool {
	var inner weigher
	inner.object(m.Value, depth-1)
	if !inner.isMarked() && len(inner.said) == 0 {
		return false
	}
	failed := w.heaviest(families[0])+w.heaviest(families[1]) > 1 || w.clues[codeOfHTTP]
	switch isData := wording.PlainName(m.Name) == "data"; {
	case wrapsAnswers(m.Name), isData && isErrorAlone(m.Value):
		w.trusted = true
	case failed:
	case isData && !(inner.trusted && inner.clues[flagFalse]):
		w.add(belowData)
	case inner.trusted:
		w.add(belowFar)
	default:
		w.add(belowThing)
	}
	w.take(&inner)
	return true
}

// isErrorAlone is true for an object in which nothing stands but a list that is named as errors.
func isErrorAlone(n *document.Node) bool {
	return len(n.Members) == 1 && isErrorName(wording.PlainName(n.Members[0].Name)) && n.Members[0].Value.Kind == document.List
}

// take adds what was found further below.
func (w *weigher) take(inner *weigher) {
	for k, found := range inner.clues {
		w.clues[k] = w.clues[k] || found
	}
	w.said = append(w.said, inner.said...)
	w.remarks = append(w.remarks, inner.remarks...)
	w.messages = w.messages || inner.messages
	w.trusted = w.trusted || inner.trusted
}

// isMarked is true if something says that the call failed.
func (w *weigher) isMarked() bool {
	for k := range inHead {
		if w.clues[k] {
			return true
		}
	}
	return false
}
