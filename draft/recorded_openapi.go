package draft

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gateway/document"
	"gateway/generic"
	"gateway/problem"
)

// openAPI reads the examples of errors in an OpenAPI 3 or Swagger 2 document.
type openAPI struct {
	root       *document.Node
	file, host string
	ranged     bool // the response at hand stands for many statuses
	out        []Recorded
}

// readOpenAPI makes an answer from every example of an error: of a media type, of a schema, or assembled from the examples
// of a schema's properties.
func readOpenAPI(file string, root *document.Node) []Recorded {
	o := &openAPI{root: root, file: file, host: textAt(root, "/host")}
	if u, err := url.Parse(textAt(root, "/servers/0/url")); err == nil && u.Hostname() != "" {
		o.host = u.Hostname()
	}
	for _, path := range membersOf(root.Get("paths")) {
		for _, operation := range membersOf(o.deref(path.Value)) {
			if method := strings.ToUpper(operation.Name); slices.Contains(methods, method) {
				o.operation(method, path.Name, operation.Value)
			}
		}
	}
	return o.out
}

// methods are the members of a path that are operations.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace,
}

func membersOf(n *document.Node) []document.Member {
	if n == nil {
		return nil
	}
	return n.Members
}

func (o *openAPI) operation(method, path string, n *document.Node) {
	for _, response := range membersOf(n.Get("responses")) {
		status, ok := errorStatus(response.Name)
		if !ok {
			continue
		}
		r := o.deref(response.Value)
		a := document.Answer{Method: method, Path: concretePath(path), Status: status, Header: o.headersOf(r)}
		o.ranged = len(response.Name) != 3 || strings.HasSuffix(strings.ToLower(response.Name), "xx")
		for _, media := range membersOf(r.Get("content")) {
			o.examples(a, media.Name, media.Value)
		}
		for _, example := range membersOf(r.Get("examples")) { // Swagger 2
			o.add(a, example.Name, example.Value)
		}
		if schema := r.Get("schema"); schema != nil && r.Get("examples") == nil { // Swagger 2
			o.add(a, "application/json", o.exampleOf(schema, 0))
		}
	}
}

// headersOf returns the headers of which a response gives an example.
func (o *openAPI) headersOf(response *document.Node) http.Header {
	h := http.Header{}
	for _, m := range membersOf(response.Get("headers")) {
		header := o.deref(m.Value)
		example := header.Get("example")
		if example == nil {
			example = o.exampleOf(header.Get("schema"), 0)
		}
		if text, ok := example.Scalar(); ok && text != "" {
			h.Set(m.Name, text)
		}
	}
	return h
}

// statusIn is the error status that an example contains; 0 if it contains none.
func statusIn(example *document.Node) int {
	for _, name := range []string{"status", "statusCode", "status_code", "code"} {
		text, _ := example.Get(name).Scalar()
		if n, err := strconv.Atoi(text); err == nil && generic.IsErrorStatus(n) {
			return n
		}
	}
	return 0
}

// errorStatus reads 404, 4XX and default, which stands for any error.
func errorStatus(key string) (int, bool) {
	switch strings.ToLower(key) {
	case "4xx", "default":
		return http.StatusBadRequest, true
	case "5xx":
		return http.StatusInternalServerError, true
	}
	n, err := strconv.Atoi(key)
	return n, err == nil && n >= 400 && n <= 599
}

// concretePath turns /orders/{id} into /orders/id.
func concretePath(path string) string {
	path = strings.NewReplacer("{", "", "}", "").Replace(path)
	return (&url.URL{Path: "/" + strings.TrimPrefix(path, "/")}).EscapedPath()
}

// examples adds the examples of one media type.
func (o *openAPI) examples(a document.Answer, media string, n *document.Node) {
	named := membersOf(n.Get("examples"))
	for _, example := range named {
		o.add(a, media, o.deref(example.Value).Get("value"))
	}
	switch {
	case len(named) > 0:
	case n.Get("example") != nil:
		o.add(a, media, n.Get("example"))
	default:
		o.add(a, media, o.exampleOf(n.Get("schema"), 0))
	}
}

// add uses an example as an answer. A structure under a media type other than JSON says nothing about the bytes.
func (o *openAPI) add(a document.Answer, media string, example *document.Node) {
	text, scalar := example.Scalar()
	isJSON := strings.Contains(media, "json")
	if example.IsEmpty() || !scalar && !isJSON {
		return
	}
	a.Header = a.Header.Clone()
	a.Header.Set("Content-Type", media)
	if status := statusIn(example); o.ranged && status != 0 {
		a.Status = status
	}
	a.Body, a.RequestHeader, a.Received = []byte(text), http.Header{}, time.Time{}
	if !scalar {
		a.Body = problem.AppendNode(nil, example)
	}
	o.out = append(o.out, Recorded{
		Name: nameOf(&a), Source: o.file + ": " + a.Method + " " + a.Path + " " + strconv.Itoa(a.Status), Host: o.host, Answer: &a,
	})
}

// maxSchemaDepth bounds schemas that contain themselves.
const maxSchemaDepth = 12

// exampleOf assembles what a schema gives as examples; nil if it gives none.
func (o *openAPI) exampleOf(schema *document.Node, depth int) *document.Node {
	schema = o.deref(schema)
	if schema == nil || depth > maxSchemaDepth {
		return nil
	}
	for _, key := range []string{"example", "const", "default"} {
		if n := schema.Get(key); n != nil {
			return n
		}
	}
	if first := schema.At("/examples/0"); first != nil {
		return first
	}
	if items := o.exampleOf(schema.Get("items"), depth+1); items != nil {
		return &document.Node{Kind: document.List, Items: []*document.Node{items}}
	}
	return o.exampleOfParts(schema, depth)
}

// exampleOfParts assembles an object from its properties and from everything that it is composed of.
func (o *openAPI) exampleOfParts(schema *document.Node, depth int) *document.Node {
	out := &document.Node{Kind: document.Object}
	for _, m := range membersOf(schema.Get("properties")) {
		if example := o.exampleOf(m.Value, depth+1); example != nil {
			out.Members = append(out.Members, document.Member{Name: m.Name, Value: example})
		}
	}
	for _, choice := range []string{"oneOf", "anyOf"} { // the first will do
		out.Members = append(out.Members, membersOf(o.exampleOf(schema.At("/"+choice+"/0"), depth+1))...)
	}
	if all := schema.Get("allOf"); all != nil {
		for _, part := range all.Items {
			out.Members = append(out.Members, membersOf(o.exampleOf(part, depth+1))...)
		}
	}
	if out.IsEmpty() {
		return nil
	}
	out.Members = document.LastWins(out.Members)
	return out
}

// deref follows $ref within the document.
func (o *openAPI) deref(n *document.Node) *document.Node {
	for range maxSchemaDepth {
		ref, ok := n.Get("$ref").Scalar()
		if !ok {
			return n
		}
		pointer, inside := strings.CutPrefix(ref, "#")
		if !inside {
			return nil
		}
		if unescaped, err := url.PathUnescape(pointer); err == nil {
			pointer = unescaped
		}
		n = o.root.At(pointer)
	}
	return nil
}
