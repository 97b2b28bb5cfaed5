package generic

import (
	"strconv"
	"strings"

	"gateway/document"
	"gateway/problem"
	"gateway/wording"
)

// ReadHidden reads an error that hides in a success of a vendor that has no rule for it. Precision comes first: an
// answer that could be a thing with an error of its own, or a report of errors, is none.
func ReadHidden(a *document.Answer, d document.Document) (problem.Reading, bool) {
	if a.Status < 200 || a.Status > 299 || a.Status == 207 || a.Cut || d.Note != "" || d.Root == nil || !document.IsStructured(d.MediaType) {
		return problem.Reading{}, false
	}
	if !isFailure(d) {
		return problem.Reading{}, false
	}
	d.Root = withoutPrefixes(withParsed(d.Root))
	return Read(a, d)
}

// isFailure is true for an answer that is an error whatever its status: by a standard, or by what its members say.
func isFailure(d document.Document) bool {
	for _, standard := range byStandard {
		if failed, known := standard(d); known {
			return failed
		}
	}
	return cluesOf(d).tellError()
}

// byStandard says whether an answer of theirs failed; known is false for other answers.
var byStandard = []func(d document.Document) (failed, known bool){ofSOAP, ofXMLRPC, ofEPP, ofJSONRPC, ofGraphQL, ofProblem}

func ofSOAP(d document.Document) (failed, known bool) {
	fault := d.RootName == "Envelope" && d.Root.Get("Body").Get("Fault") != nil
	return fault, fault
}

func ofXMLRPC(d document.Document) (failed, known bool) {
	fault := d.RootName == "methodResponse" && d.Root.Get("fault") != nil
	return fault, fault
}

// ofEPP is about the protocol of domain registries (RFC 5730, section 3), whose codes of failures begin at 2000.
func ofEPP(d document.Document) (failed, known bool) {
	result := d.Root.Get("response").Get("result")
	text, _ := result.Get("code").Scalar()
	code, err := strconv.Atoi(text)
	known = strings.EqualFold(d.RootName, "epp") && err == nil
	return known && code >= 2000, known
}

// ofJSONRPC is about JSON-RPC 2.0 (section 5.1), whose error stands in place of a result. What a result tells is a thing.
func ofJSONRPC(d document.Document) (failed, known bool) {
	if d.Format != document.FormatJSON || d.Root.Get("jsonrpc") == nil {
		return false, false
	}
	failure, result := d.Root.Get("error"), d.Root.Get("result")
	if failure == nil && result == nil {
		return false, false
	}
	return failure.Get("message") != nil && (result == nil || result.Kind == document.Null), true
}

// ofGraphQL is about errors beside data: as long as there are some, the answer is none.
func ofGraphQL(d document.Document) (failed, known bool) {
	if d.Format != document.FormatJSON || !isGraphQL(d.Root) {
		return false, false
	}
	for _, m := range d.Root.Members {
		if m.Name != "errors" && m.Name != "data" && m.Name != "extensions" {
			return false, false
		}
	}
	return !hasData(d.Root.Get("data")), true
}

// ofProblem is about problems (RFC 9457, section 3.1.2), whose status is an error's.
func ofProblem(d document.Document) (failed, known bool) {
	kind, _ := d.Root.Get("type").Scalar()
	titled := d.Root.Get("title") != nil || wording.IsURI(kind)
	if d.Root.Kind != document.Object || !titled || d.Root.Get("detail") == nil && d.Root.Get("instance") == nil {
		return false, false
	}
	text, _ := d.Root.Get("status").Scalar()
	n, err := strconv.Atoi(text)
	failed = err == nil && IsErrorStatus(n) && d.Root.Get("id") == nil
	return failed, failed
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
