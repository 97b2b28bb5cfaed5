package normalize

import (
	"slices"
	"strings"

	"gateway/document"
)

// hidesInXML is true for documents whose root says that they are errors, and for answers that hold an error and nothing
// else.
func hidesInXML(d document.Document) bool {
	if d.Format != document.FormatXML {
		return false
	}
	switch root := strings.ToLower(d.RootName); root {
	case "error", "errors", "errorresponse", "fault", "exception", "exceptionreport", "serviceexceptionreport":
		return !d.Root.IsEmpty()
	case "envelope":
		return d.Root.Get("Body").Get("Fault") != nil || isAnswerWithError(d.Root.Get("Body"), maxAnswerDepth)
	case "methodresponse":
		result := resultOf(d.Root)
		return d.Root.Get("fault") != nil || result != nil && signsOf(structOf(result)).areOfAnswer()
	default:
		for _, ending := range []string{"error", "errorresponse", "exception", "fault"} {
			if strings.HasSuffix(root, ending) {
				return !d.Root.IsEmpty()
			}
		}
		return isAnswerName(root) && (isAnswerWithError(d.Root, maxAnswerDepth) || saysFailed(d.Root) && hasError(d.Root) || countsErrors(d.Root)) ||
			isServiceName(root) && isReplyWithError(d.Root) || holdsErrorElement(d)
	}
}

// countsErrors is true for an answer that says how many errors it has, of which one turns the caller away.
func countsErrors(n *document.Node) bool {
	counted, _ := n.Get("ErrCount").Scalar()
	errs := n.Get("errors")
	return counted != "" && !isGoodNumber(counted) && errs != nil && slices.ContainsFunc(errs.Members, func(m document.Member) bool { return turnsAway(m.Value.Text) })
}

// isServiceName is true for elements that are named as who answers, such as paymentService.
func isServiceName(name string) bool {
	return strings.HasSuffix(name, "service") || strings.HasSuffix(name, "gateway") || strings.HasSuffix(name, "api")
}

// isReplyWithError is true if all that a service says, its attributes aside, is a reply that holds an error.
func isReplyWithError(n *document.Node) bool {
	found := false
	for _, m := range n.Members {
		if _, attribute := m.Value.Scalar(); attribute {
			continue
		}
		if name := plainName(m.Name); found || name != "reply" && name != "response" || !isAnswerWithError(m.Value, maxAnswerDepth) {
			return false
		}
		found = true
	}
	return found
}

// holdsErrorElement is true for an element with an error in it, code and words, that says so by an attribute or has
// nothing else in it and no name of its own.
func holdsErrorElement(d document.Document) bool {
	var told, refuses, more bool
	for _, m := range d.Root.Members {
		name := plainName(m.Name)
		text, scalar := m.Value.Scalar()
		switch {
		case scalar:
			if refuses = refuses || slices.Contains(failWords, strings.ToLower(text)); isOwnName(m.Name) {
				return false
			}
		case isErrorName(name) && m.Value.Kind == document.Object:
			var s signs
			s.addBelow(m, true)
			told = told || s.full
		default:
			more = more || !holdsNothing(m.Value)
		}
	}
	return told && (refuses || !more && wrapsAnswers(d.RootName))
}

// maxAnswerDepth is how deep an error may stand in an answer.
const maxAnswerDepth = 5

// isAnswerName is true for elements that are named as answers, and not as the things that these are about.
func isAnswerName(name string) bool {
	if name == "return" { // of JAX-WS
		return true
	}
	name = strings.TrimRight(strings.ToLower(name), "0123456789")
	if name = strings.TrimSuffix(name, "_"); strings.HasSuffix(name, "responsev") || strings.HasSuffix(name, "rsv") { // ResponseV2
		name = strings.TrimSuffix(name, "v")
	}
	for _, ending := range []string{"response", "rs", "rsp", "reply", "result", "answer", "output", "operation", "resp"} {
		if strings.HasSuffix(name, ending) && !strings.HasSuffix(name, "errors") {
			return true
		}
	}
	return false
}

// envelopeFacts are attributes of answers, whatever they tell.
var envelopeFacts = []string{"control", "authentication", "version", "timestamp", "echotoken", "target", "sequencenmbr", "primarylangid", "transactionidentifier", "correlationid", "responseid"}

// isAnswerWithError is true if all that n holds is an error, at whatever depth below further answers.
func isAnswerWithError(n *document.Node, depth int) bool {
	if n == nil || n.Kind != document.Object || depth == 0 {
		return false
	}
	found := isRefusal(n) || signsOf(n).areOfError()
	if found {
		return true
	}
	for _, m := range n.Members {
		plain := plainName(m.Name)
		switch {
		case holdsNothing(m.Value), slices.Contains(envelopeFacts, plain):
		case found: // something beside it
			return false
		case strings.HasPrefix(plain, "error") || plain == "fault":
			found = m.Value.Kind != document.String && walkSays(m.Value)
		case roleOf(m.Name).role == statusRole:
			text, _ := m.Value.Get(document.XMLText).Scalar()
			found = turnsAway(text)
		case isAnswerName(plain):
			found = isAnswerWithError(m.Value, depth-1)
		default:
			return false
		}
	}
	return found
}
