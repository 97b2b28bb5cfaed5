package normalize

import (
	"bytes"
	"mime"
	"strings"
)

// Format is what a body turned out to be, whatever its media type says.
type Format string

// Formats of a body.
const (
	FormatEmpty Format = "empty" // nothing, or white space
	FormatJSON  Format = "json"
	FormatXML   Format = "xml"
	FormatYAML  Format = "yaml"
	FormatForm  Format = "form" // application/x-www-form-urlencoded
	FormatHTML  Format = "html"
	FormatText  Format = "text" // anything else
)

// Document is a body that was decoded and, where its format has a structure, parsed.
type Document struct {
	Format    Format
	Root      *Node  // of JSON, XML, YAML and form bodies; of XML: the content of the root element
	RootName  string // of XML: the root element's local name
	Text      string // the decoded body: valid UTF-8 without NUL and control characters
	Title     string // of HTML, as are the next two; white space collapsed
	Heading   string // the first heading that has words
	Sentence  string // what tells most among the paragraphs
	MediaType string // lower case, without parameters; "" if the answer names none that can be read
	Note      BodyNote
}

// Open undoes the codings of a's body and parses what comes out. It never fails: what cannot be read is said by
// the Note, and a Document of FormatText or FormatEmpty remains.
func (l Limits) Open(a *Answer) Document {
	l = l.orDefault()
	d := Document{MediaType: mediaType(a.Header.Get("Content-Type"))}
	if a.Cut {
		d.Note = BodyCut
	}
	data := bytes.TrimSpace(bytes.ToValidUTF8(a.Body, []byte("\uFFFD")))
	d.Text = string(data)
	d.parse(data, l)
	return d
}

// parse finds the format and fills in what it gives.
func (d *Document) parse(data []byte, l Limits) {
	d.Format = FormatText
	if len(data) == 0 {
		d.Format = FormatEmpty
		return
	}
	root, err := ParseJSON(data, l)
	if err == nil {
		d.Format, d.Root = FormatJSON, root
	} else if d.Note == "" && strings.HasSuffix(d.MediaType, "json") {
		d.Note = BodyUnparsable
	}
}

// mediaType returns the media type of a Content-Type without its parameters.
func mediaType(contentType string) string {
	m, _, _ := mime.ParseMediaType(contentType)
	return m
}
