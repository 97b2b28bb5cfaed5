package document

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// BOM is the byte order mark that some vendors put before UTF-8.
var BOM = []byte("\xEF\xBB\xBF")

// ToText returns data as UTF-8 without NUL and other control characters, apart from tabs and line ends. contentType is the
// header's value. It never fails: bytes of an unknown charset are read as windows-1252, as browsers do.
func ToText(data []byte, contentType string) string {
	return cleanControls(toUTF8(data, contentType))
}

// toUTF8 finds the charset. A byte order mark beats the label, and so do bytes that are UTF-8 all through: servers
// put a default charset on bodies that they have not looked at.
func toUTF8(data []byte, contentType string) string {
	if enc := utf16Of(data); enc != nil {
		return decodeWith(enc, data)
	}
	data = bytes.TrimPrefix(data, BOM)
	isUTF8, escapes := utf8.Valid(data), bytes.IndexByte(data, 0x1B) >= 0
	if isUTF8 && !escapes {
		return string(data)
	}
	for _, label := range charsetLabels(data, contentType) {
		enc, err := htmlindex.Get(label)
		if err != nil || enc == unicode.UTF8 || enc == encoding.Replacement || isUTF8 && enc != japanese.ISO2022JP {
			continue
		}
		return decodeWith(enc, data)
	}
	if isUTF8 || hasMultibyte(data) {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return decodeWith(charmap.Windows1252, data)
}

// utf16Of recognises UTF-16 by its byte order mark. Without one it looks at the NULs of ASCII characters, which are all at
// odd or all at even positions. It returns nil for anything else.
func utf16Of(data []byte) encoding.Encoding {
	head := data[:min(len(data), 512)]
	var nuls [2]int
	for i := bytes.IndexByte(head, 0); i >= 0 && i < len(head); i++ {
		if head[i] == 0 {
			nuls[i%2]++
		}
	}
	enough := max(2, len(head)/32)
	switch {
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), nuls[0] >= enough && nuls[0] > 4*nuls[1]:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), nuls[1] >= enough && nuls[1] > 4*nuls[0]:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	return nil
}

// xmlEncoding finds the charset in an XML declaration (XML 1.0, section 2.8).
var xmlEncoding = regexp.MustCompile(`^\s*<\?xml\s[^>]*encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// charsetLabels returns the names of charsets that header, XML declaration and HTML name, in this order.
func charsetLabels(data []byte, contentType string) []string {
	var labels []string
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		labels = append(labels, strings.Trim(params["charset"], `'" `))
	}
	head := data[:min(len(data), 1<<10)]
	if m := xmlEncoding.FindSubmatch(head); m != nil {
		labels = append(labels, string(m[1]))
	}
	if bytes.Contains(head, []byte("charset")) {
		_, name, _ := charset.DetermineEncoding(head, "")
		labels = append(labels, name)
	}
	return labels
}

// decodeWith decodes data. Bytes that the charset does not have become U+FFFD.
func decodeWith(enc encoding.Encoding, data []byte) string {
	text, err := enc.NewDecoder().Bytes(data)
	if err != nil { // the decoders of x/text replace instead of failing: this is a guard, not a path
		text = data
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

// hasMultibyte is true if data has at least one valid multi-byte UTF-8 character: then it is damaged UTF-8 rather than an
// older charset.
func hasMultibyte(data []byte) bool {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if size > 1 && r != utf8.RuneError {
			return true
		}
		i += size
	}
	return false
}

// cleanControls drops control characters and byte order marks inside valid UTF-8.
func cleanControls(s string) string {
	plain := 0
	for plain < len(s) && isPlain(s[plain]) {
		plain++
	}
	if plain == len(s) || strings.IndexFunc(s[plain:], isControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, s)
}

// isPlain is true for printable ASCII, tab and line ends.
func isPlain(c byte) bool { return ' ' <= c && c < 0x7F || c == '\t' || c == '\n' || c == '\r' }

// isControl is true for what no text needs: C0 and C1 controls except tab and line ends, DEL, and U+FEFF.
func isControl(r rune) bool {
	switch r {
	case '\t', '\n', '\r':
		return false
	}
	return r < ' ' || r >= 0x7F && r < 0xA0 || r == '\uFEFF'
}
