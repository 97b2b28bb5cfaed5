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

// maxCodings is how many codings may be stacked. Each layer multiplies the effect of a decompression bomb.
const maxCodings = 2

// decode undoes the content codings of raw (RFC 9110, section 8.4). The bytes count more than the label, which some vendors
// and proxies get wrong: a body without any coding is returned as it is. The note is empty, Cut (data is the beginning) or
// Undecodable (data, if any, may be damaged).
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

// undo removes one layer of coding from data, if there is one.
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

// guess finds out what data is if its label is wrong. partial is what was decoded under that label.
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

// looksPlain is true for text that is so long that no coding can have produced it by chance.
func looksPlain(data []byte) bool { return len(data) >= 32 && isText(data) }

// isShortASCII is true for text such as {} or null, but not for a single byte, which may begin a coding.
func isShortASCII(data []byte) bool {
	return len(data) > 1 && isText(data) && bytes.IndexFunc(data, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// isText is true if the beginning of data has no control characters and is UTF-8, or is mostly ASCII, as text in every old
// charset is.
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
