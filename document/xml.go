package document

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// XMLText is the member that holds the text of an element which has attributes or children as well.
const XMLText = "#text"

// parseXML turns an XML document into a tree with the paths that its JSON counterpart would have. The root is the content
// of the root element, whose name is returned. Children and attributes are members without their namespace; repeated ones
// are a list; an element with only text is a String, without surrounding white space. Attributes for parsers (xmlns,
// xml:lang, xsi:type) are left out. Entities that a document type declares are errors.
func parseXML(text string, l Limits) (root *Node, name string, err error) {
	if strings.HasPrefix(text, "<?xml") { // its charset no longer holds, and its version may be 1.1
		_, text, _ = strings.Cut(text, "?>")
	}
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.Entity = xml.HTMLEntity // &nbsp; and the like stand for one character each
	b := xmlBuilder{tally: newTally(l)}
	for {
		token, err := dec.Token()
		if err != nil {
			return nil, "", noEOF(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = b.start(t)
		case xml.CharData:
			b.text(t)
		case xml.EndElement:
			if m, done := b.end(); done {
				return m.Value, m.Name, nil
			}
		}
		if err != nil {
			return nil, "", err
		}
	}
}

// noEOF turns an end before the root element's end into an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// xmlBuilder holds the elements that are open.
type xmlBuilder struct {
	open []xmlElement
	tally
}

// xmlElement is an element whose end has not come.
type xmlElement struct {
	name    string
	members []Member
	text    []byte
}

// start opens an element.
func (b *xmlBuilder) start(t xml.StartElement) error {
	e := xmlElement{name: t.Name.Local}
	if err := b.take(len(b.open) + 1); err != nil {
		return err
	}
	for _, a := range t.Attr {
		if forParsers(a.Name) {
			continue
		}
		if err := b.take(len(b.open) + 2); err != nil {
			return err
		}
		e.members = append(e.members, Member{a.Name.Local, &Node{Kind: String, Text: a.Value}})
	}
	b.open = append(b.open, e)
	return nil
}

// forParsers is true for attributes that are not data.
func forParsers(name xml.Name) bool {
	switch name.Space {
	case "xmlns", "xml", "http://www.w3.org/XML/1998/namespace", "xsi", "http://www.w3.org/2001/XMLSchema-instance":
		return true
	}
	return name.Space == "" && name.Local == "xmlns"
}

// text adds to the innermost element.
func (b *xmlBuilder) text(data xml.CharData) {
	if len(b.open) > 0 {
		e := &b.open[len(b.open)-1]
		e.text = append(e.text, data...)
	}
}

// end closes the innermost element and returns it; done is true if it is the root element.
func (b *xmlBuilder) end() (m Member, done bool) {
	e := &b.open[len(b.open)-1]
	m = Member{e.name, e.node()}
	b.open = b.open[:len(b.open)-1]
	if len(b.open) == 0 {
		return m, true
	}
	parent := &b.open[len(b.open)-1]
	parent.members = append(parent.members, m)
	return m, false
}

// node returns what an element holds.
func (e *xmlElement) node() *Node {
	text := strings.TrimSpace(string(e.text))
	if len(e.members) == 0 {
		return &Node{Kind: String, Text: text}
	}
	if text != "" {
		e.members = append(e.members, Member{XMLText, &Node{Kind: String, Text: text}})
	}
	return &Node{Kind: Object, Members: listed(e.members)}
}
