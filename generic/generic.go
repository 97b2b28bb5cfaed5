// Package generic reads errors of vendors that nobody wrote rules for: by the structure of a body, by the names of its
// members, and by what codes, sentences and the status mean. It reads errors that hide in a success, too.
package generic

import (
	"cmp"

	"gateway/document"
	"gateway/problem"
)

// recogniser reads one shape of error; ok is false for an answer that has another.
type recogniser struct {
	name string
	read func(v *seen) (f fault, ok bool)
}

// recognisers are tried in this order; the first that knows the answer's shape reads it.
var recognisers = []recogniser{
	{"soap", readSOAP},
	{"xml-rpc", readXMLRPC},
	{"graphql", readGraphQL},
	{"tree", readTree},
	{"html", readHTML},
	{"text", readText},
}

// Read reads an answer of a vendor that has no profile; false if nothing in it is known.
func Read(a *document.Answer, d document.Document) (problem.Reading, bool) {
	v := &seen{answer: a, doc: d}
	f := faultOf(v)
	f.addHead(a)
	if f.isEmpty() && f.id.text == "" {
		return problem.Reading{}, false
	}
	return f.reading(v), true
}

// faultOf reads the body.
func faultOf(v *seen) fault {
	for _, r := range recognisers {
		if f, ok := r.read(v); ok {
			return f
		}
	}
	return fault{}
}

// readTree reads whatever has a structure by the names of its members.
func readTree(v *seen) (fault, bool) {
	if v.doc.Root == nil {
		return fault{}, false
	}
	root := v.doc.Root
	if body := root.Get("Body"); v.doc.RootName == "Envelope" && body != nil { // SOAP that has no fault
		root = body
	}
	f := walk(root, document.DefaultLimits())
	if !f.saysSomething() && leadsToChallenge(root) {
		f.known, f.docs = problem.EdgeChallenge, ranked{}
	}
	return f, true
}

// reading tells what f means.
func (f *fault) reading(v *seen) problem.Reading {
	out := problem.Reading{Status: v.answer.Status, Code: f.code(v.answer.Status), RequestID: f.id.text, Mapped: problem.MappedHeuristic}
	switch {
	case v.answer.Status >= 400 || f.status < 400:
	case f.statusOfCode && f.deniesStatus(v):
		if f.status != 500 {
			out.Code = f.code(0)
		}
	default:
		out.Status = f.status
	}
	out.Detail, out.Message = f.told()
	out.Violations = f.violations(v.answer)
	out.Docs = cmp.Or(f.docs.unlessOf(v.answer), docsOfType(f.uri))
	if isProblem(v.doc) {
		out.ProblemURI, out.Extensions = f.uri, extensionsOf(v.doc.Root)
	}
	var byStatus bool
	out.Type, byStatus = f.typeOf(v, out)
	if isProblem(v.doc) && v.answer.Status >= 400 && f.status >= 400 && !f.statusOfCode {
		out.Status = f.status // RFC 9457, section 3.1.2: it is the origin's, where one on the way changed it
	}
	if byStatus {
		out.Mapped = problem.MappedStatus
	}
	out.Retryable = f.mayRepeat(out)
	span, named := f.waitFor(v, out.Type)
	out.RetryAfter, out.AskedWait, out.HasRetryAfter = span.Wait, span.Asked, named
	return out
}
