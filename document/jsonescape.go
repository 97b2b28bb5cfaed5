package document

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escaped continues to read a string that began at start, from its first backslash.
func (p *jsonParser) escaped(start int) (string, error) {
	var out strings.Builder
	out.WriteString(p.text[start:p.pos])
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return out.String(), nil
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out.WriteRune(r)
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return "", errSyntax
		default:
			out.WriteByte(c)
			p.pos++
		}
	}
	return "", io.ErrUnexpectedEOF
}

// escape reads one escape sequence (RFC 8259, section 7), which for a character beyond U+FFFF is two.
func (p *jsonParser) escape() (rune, error) {
	if p.pos++; p.pos >= len(p.text) {
		return 0, io.ErrUnexpectedEOF
	}
	c := p.text[p.pos]
	p.pos++
	if c == 'u' {
		return p.codePoint()
	}
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	return 0, errSyntax
}

// codePoint reads four hexadecimal digits, and the second half of a surrogate pair if there is one.
func (p *jsonParser) codePoint() (rune, error) {
	r, err := p.hex4(p.pos)
	if err != nil {
		return 0, err
	}
	p.pos += 4
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if strings.HasPrefix(p.text[p.pos:], `\u`) {
		low, err := p.hex4(p.pos + 2)
		if pair := utf16.DecodeRune(r, low); err == nil && pair != utf8.RuneError {
			p.pos += 6
			return pair, nil
		}
	}
	return utf8.RuneError, nil
}

// hex4 returns the value of four hexadecimal digits.
func (p *jsonParser) hex4(at int) (rune, error) {
	if at+4 > len(p.text) {
		return 0, io.ErrUnexpectedEOF
	}
	v, err := strconv.ParseUint(p.text[at:at+4], 16, 16)
	if err != nil {
		return 0, errSyntax
	}
	return rune(v), nil
}
