package problem

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"

	"gateway/document"
)

// MediaTypeXML is that of a problem as XML (RFC 9457, appendix B).
const MediaTypeXML = "application/problem+xml"

const problemNamespace = "urn:ietf:rfc:7807"

// EncodeXML returns p in the form of RFC 9457, appendix B: members are elements, and the items of a list are called i.
// Names that are not valid for an element are left out, and so is what does not fit MaxBytes, as in Encode.
func (p Problem) EncodeXML() []byte {
	body := p.marshalXML()
	if len(body) > MaxBytes {
		p.Extensions = nil
		body = p.marshalXML()
	}
	for len(body) > MaxBytes && p.shrink() {
		body = p.marshalXML()
	}
	return body
}

func (p Problem) marshalXML() []byte {
	root, err := document.ParseJSON(p.Encode(), document.Limits{Depth: 64, Nodes: 100_000})
	if err != nil {
		root = &document.Node{Kind: document.Object}
	}
	var buf bytes.Buffer
	buf.WriteString(xml.Header)
	enc := xml.NewEncoder(&buf)
	start := xml.StartElement{Name: xml.Name{Local: "problem"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: problemNamespace}}}
	writeXML(enc, start, root)
	if enc.Close() != nil {
		return []byte(xml.Header + `<problem xmlns="` + problemNamespace + `"><status>` + strconv.Itoa(p.Status) + `</status></problem>`)
	}
	return append(buf.Bytes(), '\n')
}

// writeXML writes n as an element. The encoder keeps errors, which show when it is closed.
func writeXML(enc *xml.Encoder, start xml.StartElement, n *document.Node) {
	_ = enc.EncodeToken(start)
	for _, m := range n.Members {
		if isXMLName(m.Name) {
			writeXML(enc, element(m.Name), m.Value)
		}
	}
	for _, item := range n.Items {
		writeXML(enc, element("i"), item)
	}
	if text, ok := n.Scalar(); ok {
		_ = enc.EncodeToken(xml.CharData(text))
	}
	_ = enc.EncodeToken(start.End())
}

func element(name string) xml.StartElement { return xml.StartElement{Name: xml.Name{Local: name}} }

// isXMLName is true for valid names of elements. Names that begin with xml are reserved.
func isXMLName(name string) bool {
	if len(name) >= 3 && strings.EqualFold(name[:3], "xml") {
		return false
	}
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != ""
}
