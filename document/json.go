package document

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// What is wrong with a text that should be JSON.
var (
	errSyntax   = errors.New("not JSON")
	errTrailing = errors.New("text after the value")
)

// ParseJSON turns data (RFC 8259) into a tree. The order of members and the digits of numbers stay as written; of members
// with the same name the last wins; a lone surrogate or invalid UTF-8 becomes U+FFFD. Two faults are tolerated, because the
// answer is complete in spite of them: text after an object or list, such as a notice from PHP, and bare line ends and tabs
// in a string. The error says where data stops being JSON, or that it exceeds the limits.
func ParseJSON(data []byte, l Limits) (*Node, error) {
	text := strings.TrimPrefix(string(data), string(BOM))
	return parseJSON(strings.ToValidUTF8(text, "\uFFFD"), l.OrDefault())
}

// parseJSON does the same for valid UTF-8. The tree shares the memory of text.
func parseJSON(text string, l Limits) (*Node, error) {
	open := opens.Get().(*openValues)
	defer open.release()
	p := jsonParser{text: text, tally: newTally(l), openValues: open}
	root, err := p.value(1)
	if err != nil {
		return nil, fmt.Errorf("at byte %d: %w", p.pos, err)
	}
	p.peek()
	if root.Kind != Object && root.Kind != List && p.pos < len(text) {
		return nil, fmt.Errorf("at byte %d: %w", p.pos, errTrailing)
	}
	return root, nil
}

// ParseText returns the JSON object or list with which a string of a body ends, as a tree, and the words before it; nil if
// there is none. Some vendors put JSON into a JSON string.
func (n *Node) ParseText(l Limits) (before string, root *Node) {
	if n == nil || n.Kind != String {
		return "", nil
	}
	text := strings.TrimSpace(n.Text)
	start := strings.IndexAny(text, "{[")
	if start < 0 || !isJSONEnd(text) || start > 0 && !isLeadIn(text[:start]) {
		return "", nil
	}
	root, err := ParseJSON([]byte(text[start:]), l)
	if err != nil {
		return "", nil
	}
	return strings.TrimRight(text[:start], ": "), root
}

func isJSONEnd(text string) bool { return strings.HasSuffix(text, "}") || strings.HasSuffix(text, "]") }

// isLeadIn is true for words that introduce JSON: they end with a colon.
func isLeadIn(text string) bool { return strings.HasSuffix(strings.TrimRight(text, " "), ":") }

// jsonParser reads one value of text from pos on.
type jsonParser struct {
	text string
	pos  int
	tally
	spare []Node // made several at a time
	*openValues
}

// openValues hold the members and items of objects and lists that have not ended, the innermost's last. Their number is
// known only at the end; so each gets one slice of the right length.
type openValues struct {
	members []Member
	items   []*Node
}

var opens = sync.Pool{New: func() any { return new(openValues) }}

// release returns the slices to the pool without keeping values alive.
func (o *openValues) release() {
	const usual = 256
	if cap(o.members) > usual || cap(o.items) > usual {
		return
	}
	clear(o.members[:cap(o.members)])
	clear(o.items[:cap(o.items)])
	o.members, o.items = o.members[:0], o.items[:0]
	opens.Put(o)
}

// peek skips white space and returns the byte at pos; 0 at the end.
func (p *jsonParser) peek() byte {
	for ; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// wrong returns the error for the text at pos.
func (p *jsonParser) wrong() error {
	if p.pos >= len(p.text) {
		return io.ErrUnexpectedEOF
	}
	return errSyntax
}

// node returns a new node.
func (p *jsonParser) node(kind Kind, text string) *Node {
	if len(p.spare) == 0 {
		p.spare = make([]Node, 8)
	}
	n := &p.spare[0]
	p.spare = p.spare[1:]
	n.Kind, n.Text = kind, text
	return n
}

// value reads one value of any kind.
func (p *jsonParser) value(depth int) (*Node, error) {
	c := p.peek()
	if err := p.take(depth); err != nil {
		return nil, err
	}
	switch c {
	case '{':
		return p.object(depth)
	case '[':
		return p.list(depth)
	case '"':
		text, err := p.str()
		return p.node(String, text), err
	case 't':
		return p.word("true", Bool)
	case 'f':
		return p.word("false", Bool)
	case 'n':
		return p.word("null", Null)
	}
	return p.number()
}

// object reads members up to the closing brace.
func (p *jsonParser) object(depth int) (*Node, error) {
	n, begin := p.node(Object, ""), len(p.members)
	err := p.sequence('}', func() error {
		if p.peek() != '"' {
			return p.wrong()
		}
		name, err := p.str()
		if err != nil {
			return err
		}
		if p.peek() != ':' {
			return p.wrong()
		}
		p.pos++
		value, err := p.value(depth + 1)
		p.members = append(p.members, Member{name, value})
		return err
	})
	n.Members = LastWins(append(n.Members, p.members[begin:]...))
	p.members = p.members[:begin]
	return n, err
}

// list reads items up to the closing bracket.
func (p *jsonParser) list(depth int) (*Node, error) {
	n, begin := p.node(List, ""), len(p.items)
	err := p.sequence(']', func() error {
		item, err := p.value(depth + 1)
		p.items = append(p.items, item)
		return err
	})
	n.Items = append(n.Items, p.items[begin:]...)
	p.items = p.items[:begin]
	return n, err
}

// sequence reads from an opening to its closing character: each element, with commas between them.
func (p *jsonParser) sequence(closing byte, element func() error) error {
	p.pos++
	if p.peek() == closing {
		p.pos++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch p.peek() {
		case ',':
			p.pos++
		case closing:
			p.pos++
			return nil
		default:
			return p.wrong()
		}
	}
}

// word reads true, false or null.
func (p *jsonParser) word(word string, kind Kind) (*Node, error) {
	if !strings.HasPrefix(p.text[p.pos:], word) {
		return nil, errSyntax
	}
	p.pos += len(word)
	if kind == Null {
		word = ""
	}
	return p.node(kind, word), nil
}

// number reads a number (RFC 8259, section 6).
func (p *jsonParser) number() (*Node, error) {
	start := p.pos
	p.accept("-")
	if !p.accept("0") && !p.digits() {
		return nil, p.wrong()
	}
	if p.accept(".") && !p.digits() {
		return nil, p.wrong()
	}
	if p.accept("eE") {
		p.accept("+-")
		if !p.digits() {
			return nil, p.wrong()
		}
	}
	return p.node(Number, p.text[start:p.pos]), nil
}

// accept skips one character of set, if it comes next.
func (p *jsonParser) accept(set string) bool {
	if p.pos < len(p.text) && strings.IndexByte(set, p.text[p.pos]) >= 0 {
		p.pos++
		return true
	}
	return false
}

// digits skips digits; false if there is none.
func (p *jsonParser) digits() bool {
	start := p.pos
	for p.pos < len(p.text) && '0' <= p.text[p.pos] && p.text[p.pos] <= '9' {
		p.pos++
	}
	return p.pos > start
}

// str reads a string with its quotes.
func (p *jsonParser) str() (string, error) {
	p.pos++
	start := p.pos
	for ; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return p.text[start : p.pos-1], nil
		case c == '\\':
			return p.escaped(start)
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return "", errSyntax
		}
	}
	return "", io.ErrUnexpectedEOF
}
