package document

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxCodings is how often codings may be stacked. More is refused, as each layer multiplies what a bomb can do.
const maxCodings = 2

// decode undoes the content codings of raw (RFC 9110, section 8.4). What the bytes say counts more than the label,
// which some vendors and proxies get wrong: a body that is not coded at all is returned as it is. The note is empty,
// Cut (data is the beginning) or Undecodable (data, if any, may be damaged).
func (l Limits) decode(raw []byte, h http.Header) (data []byte, note Note) {
	labels := Codings(h)
	switch {
	case len(raw) == 0:
		return nil, ""
	case len(labels) > maxCodings:
		return nil, Undecodable
	}
	data = raw
	for layer := range maxCodings {
		label := ""
		if layer < len(labels) {
			label = labels[layer]
		}
		plain, layerNote := l.undo(data, label)
		if layerNote != "" {
			note = layerNote
		}
		data = plain
		if len(data) == 0 {
			break
		}
	}
	return data, note
}

// Codings returns the codings that the header names, the one applied last first.
func Codings(h http.Header) []string {
	var labels []string
	for label := range strings.SplitSeq(strings.Join(h.Values("Content-Encoding"), ","), ",") {
		label = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(label)), "x-")
		if label != "" && label != "identity" {
			labels = append(labels, label)
		}
	}
	slices.Reverse(labels)
	return labels
}

// undo takes one layer of coding off data, if there is one.
func (l Limits) undo(data []byte, label string) ([]byte, Note) {
	coding := codingByMagic(data)
	if coding == "" && (label == "" || looksPlain(data)) {
		return data, ""
	}
	sure := coding != ""
	if !sure {
		coding = label
	}
	out, err := l.decompress(coding, data)
	switch {
	case err == nil:
		return out, ""
	case len(out) > 0 && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errTooLong)):
		return out, Cut
	case sure:
		return out, Undecodable
	}
	return l.guess(data, out)
}

// guess finds what data is where its label was wrong; partial is what came out under that label.
func (l Limits) guess(data, partial []byte) ([]byte, Note) {
	for _, coding := range []string{codingDeflate, codingBrotli} { // the others have a magic number
		if out, err := l.decompress(coding, data); err == nil && isText(out) {
			return out, ""
		}
	}
	if looksPlain(data) || isShortASCII(data) {
		return data, ""
	}
	if isText(partial) {
		return partial, Undecodable
	}
	return nil, Undecodable
}

// codingByMagic returns the coding that data's first bytes prove, or "".
func codingByMagic(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x1f\x8b\x08")):
		return codingGzip
	case bytes.HasPrefix(data, []byte("\x28\xb5\x2f\xfd")):
		return codingZstd
	}
	return ""
}

// looksPlain is true for text so long that no coding can have produced it by chance.
func looksPlain(data []byte) bool { return len(data) >= 32 && isText(data) }

// isShortASCII is true for the likes of {} or null, but not for one byte, which may begin a coding.
func isShortASCII(data []byte) bool {
	return len(data) > 1 && isText(data) && bytes.IndexFunc(data, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// isText is true if the beginning of data has no control characters and is UTF-8, or mostly ASCII as the text of
// every old charset is.
func isText(data []byte) bool {
	data = data[:min(len(data), 1<<10)]
	broken, ascii := false, 0
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r < utf8.RuneSelf && isControl(r):
			return false
		case r < utf8.RuneSelf:
			ascii++
		case size == 1 && len(data)-i >= utf8.UTFMax: // else cut within a character
			broken = true
		}
		i += size
	}
	return len(data) > 0 && (!broken || ascii*10 >= len(data)*7)
}
