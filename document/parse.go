package document

import (
	"net/http"
	"regexp"
	"strings"
)

// Format is the format that a body turned out to have, whatever its media type says.
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
	Root      *Node   // of JSON, XML, YAML and form bodies; of XML the content of the root element
	RootName  string  // of XML: the root element's name without its namespace
	Text      string  // the decoded body: valid UTF-8 without control characters, white space around it cut
	Blocks    []Block // of HTML: what it says, in its order, without what is for browsers or for finding one's way
	MediaType string  // lower case, without parameters; "" if the header is missing or broken
	Note      Note
}

// opening bounds how many coded or large bodies are opened at once: a decoder's window may take 16 MiB.
var opening = make(chan struct{}, 2)

// SmallBytes is the largest body that is opened without waiting for a turn.
const SmallBytes = 16 << 10

// Open undoes the codings of body that h names, and parses the result. cut is true if body is only the beginning. It never
// fails: from what cannot be read it makes a Document of FormatText or FormatEmpty, whose Note says why. It may be called
// concurrently.
func (l Limits) Open(h http.Header, body []byte, cut bool) Document {
	l = l.OrDefault()
	if len(body) > SmallBytes || h.Get("Content-Encoding") != "" || codingByMagic(body) != "" {
		opening <- struct{}{}
		defer func() { <-opening }()
	}
	contentType := h.Get("Content-Type")
	d := Document{MediaType: MediaType(contentType)}
	data, note := l.decode(body, h)
	if cut && note == "" {
		note = Cut
	}
	d.Text = strings.TrimSpace(ToText(data, contentType))
	d.parse(l)
	d.setNote(note)
	return d
}

// setNote adds decoding's note. Text that may be damaged is dropped, because nobody could say what it means; a tree is
// kept, because it was complete in spite of the damage.
func (d *Document) setNote(note Note) {
	if note == Undecodable && d.Root == nil {
		*d = Document{Format: FormatEmpty, MediaType: d.MediaType}
	}
	if note != "" {
		d.Note = note
	}
}

// parse determines the format from the text, with the media type's help where texts look alike, and fills in the rest.
func (d *Document) parse(l Limits) {
	switch {
	case d.Text == "":
		d.Format = FormatEmpty
	case d.parseJSON(l), d.parseXML(l), d.parseHTML(), d.parseYAML(l), d.parseForm(l):
	default:
		d.Format = FormatText
		if d.syntax() != "" || structured.MatchString(d.head()) {
			d.Note = Unparsable
		}
	}
}

var (
	// structured matches how JSON and XML begin, and prose does not.
	structured = regexp.MustCompile(`^(?:[\[{]\s*["{\[]|<[A-Za-z?!])`)
	// pageStart matches how HTML begins that is not XML, and pageInside what only HTML contains.
	pageStart = regexp.MustCompile(`(?is)^(?:<!--.*?-->|<\?xml.*?\?>|\s)*<(?:!doctype\s+html|html|head|body|title|meta|` +
		`center|h[1-6]|p|br|b|hr|div|span|table|pre|font|style|script)\b`)
	pageInside = regexp.MustCompile(`(?i)<(?:!doctype\s+html|html|body)\b`)
	anyTag     = regexp.MustCompile(`</?[A-Za-z][^<>]*>`)
)

// head is enough of the text to recognise its format.
func (d *Document) head() string { return Clip(d.Text, 4<<10) }

// jsonGuard is what some vendors put before JSON, so that no page can load it as a script.
const jsonGuard = ")]}'"

// parseJSON accepts objects and lists under any media type, and other values only if the type is not text.
func (d *Document) parseJSON(l Limits) bool {
	text := strings.TrimPrefix(d.Text, jsonGuard)
	if strings.HasPrefix(text, "<") {
		text = d.afterNotice(text)
	}
	root, err := parseJSON(text, l)
	if err != nil || root.Kind != Object && root.Kind != List && strings.HasPrefix(d.MediaType, "text/") {
		return false
	}
	d.Format, d.Root = FormatJSON, root
	return true
}

// afterNotice returns what follows the markup that PHP writes before an answer when it complains, if that may be JSON.
func (d *Document) afterNotice(text string) string {
	i := strings.IndexByte(text, '{')
	if i < 0 || d.syntax() != "json" && !strings.HasPrefix(text, "<br") ||
		!strings.HasSuffix(strings.TrimSpace(text[:i]), ">") {
		return text
	}
	return text[i:]
}

// parseXML accepts well-formed XML that is not a page.
func (d *Document) parseXML(l Limits) bool {
	if !strings.HasPrefix(d.Text, "<") || d.syntax() != "xml" && pageStart.MatchString(d.head()) {
		return false
	}
	root, name, err := parseXML(d.Text, l)
	if err != nil || strings.EqualFold(name, "html") {
		return false
	}
	d.Format, d.Root, d.RootName = FormatXML, root, name
	return true
}

// parseHTML accepts what begins or continues like a page, and anything with tags that is labelled as one.
func (d *Document) parseHTML() bool {
	saysSo := d.MediaType == "text/html" || d.MediaType == "application/xhtml+xml"
	head := d.head()
	if !pageStart.MatchString(head) && !pageInside.MatchString(head) && (!saysSo || !anyTag.MatchString(head)) {
		return false
	}
	d.Format, d.Blocks = FormatHTML, blocksOf(d.Text)
	return true
}

// parseYAML accepts YAML if the media type or the first line says so, because any prose can be read as YAML.
func (d *Document) parseYAML(l Limits) bool {
	if d.syntax() != "yaml" && !strings.HasPrefix(d.Text, "---\n") && !strings.HasPrefix(d.Text, "---\r\n") {
		return false
	}
	root, err := ParseYAML(d.Text, l)
	if err != nil || root.Kind != Object && root.Kind != List {
		return false
	}
	d.Format, d.Root = FormatYAML, root
	return true
}

// parseForm accepts form-encoded text under any media type.
func (d *Document) parseForm(l Limits) bool {
	root := parseForm(d.Text, l)
	if root == nil {
		return false
	}
	d.Format, d.Root = FormatForm, root
	return true
}
