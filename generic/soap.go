package generic

import (
	"cmp"
	"strings"

	"gateway/document"
	"gateway/wording"
)

// readSOAP reads the fault of SOAP 1.1 (section 4.4) and 1.2 (part 1, section 5.4): what its detail says beats what the
// fault itself does.
func readSOAP(v *seen) (fault, bool) {
	node := v.doc.Root.Get("Body").Get("Fault")
	if v.doc.Format != document.FormatXML || v.doc.RootName != "Envelope" || node == nil {
		return fault{}, false
	}
	w := walker{limits: document.DefaultLimits(), left: maxMembers}
	f := fault{}
	for _, name := range []string{"detail", "Detail"} {
		if inside := node.Get(name); inside != nil && inside.Kind == document.Object {
			f.add(w.soapDetail(inside))
		}
	}
	for _, code := range soapCodes(node) {
		f.addKind(withoutPrefix(code), 1)
		f.callers = f.callers || blamesCaller(withoutPrefix(code))
		f.class = cmp.Or(f.class, withoutPrefix(code))
	}
	if len(f.texts) == 0 {
		f.addSOAPReason(node)
	}
	return f, true
}

// soapDetail reads the application's own element, whatever its name.
func (w *walker) soapDetail(inside *document.Node) fault {
	var f fault
	for _, m := range inside.Members {
		if m.Value.Kind != document.Object {
			continue
		}
		if inner := w.object(m.Value, place{}); inner.saysSomething() {
			f.add(inner)
		}
	}
	if f.isEmpty() {
		f = w.object(inside, place{})
	}
	f.kinds = nil
	return f
}

// soapCodes are the codes from the innermost to the outermost.
func soapCodes(node *document.Node) (codes []string) {
	for at := node.Get("Code"); at != nil; at = at.Get("Subcode") {
		if text, ok := at.Get("Value").Scalar(); ok {
			codes = append([]string{text}, codes...)
		}
	}
	if text, ok := node.Get("faultcode").Scalar(); ok {
		codes = append(codes, text)
	}
	return codes
}

func withoutPrefix(code string) string { return code[strings.LastIndexByte(code, ':')+1:] }

// blamesCaller is true for the codes of faults that are the caller's: Client in SOAP 1.1, which may go on after a dot
// (section 4.4.1), Sender in SOAP 1.2 (part 1, section 5.4.6).
func blamesCaller(code string) bool {
	first, _, _ := strings.Cut(code, ".")
	return first == "Client" || first == "Sender"
}

// addSOAPReason takes the words for people; of several languages the first.
func (f *fault) addSOAPReason(node *document.Node) {
	for _, at := range []*document.Node{node.Get("Reason").Get("Text"), node.Get("faultstring")} {
		if at != nil && at.Kind == document.List && len(at.Items) > 0 {
			at = at.Items[0]
		}
		if at != nil && at.Kind == document.Object {
			at = at.Get(document.XMLText)
		}
		text, ok := at.Scalar()
		switch text = wording.CleanText(text, wording.MaxTextBytes); {
		case !ok || text == "":
		case wording.IsCode(text):
			f.codes = append(f.codes, ranked{text, worstRank})
		default:
			f.texts = append(f.texts, ranked{text, 1})
		}
	}
}
