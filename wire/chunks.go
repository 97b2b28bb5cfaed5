package wire

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
)

var errChunk = errors.New("wire: malformed chunked encoding")

// chunks reads a body in chunks (RFC 9112, section 7.1).
type chunks struct {
	in     *reader
	left   uint64 // of the chunk
	begun  bool   // a chunk was read: its end is due before the next size
	excess int64  // bytes of sizes and extensions beyond what short chunks need
}

const (
	maxSizeLine = 4096     // bytes of a chunk's size with its extensions
	maxExcess   = 16 << 10 // bytes that a body may waste on extensions
	maxTrailer  = 8 << 10  // bytes
	usualBytes  = 16       // of a size
	digits      = 64 / 4   // of the largest size
)

// Read implements io.Reader. It never waits while it has bytes to return.
func (c *chunks) Read(p []byte) (n int, err error) {
	for len(p) > n {
		if c.left == 0 {
			if n > 0 && !c.sizeIsHere() {
				return n, nil
			}
			if err := c.next(); err != nil {
				return n, err
			}
		}
		if n > 0 && len(c.in.buffered()) == 0 {
			return n, nil
		}
		m, err := c.in.Read(p[n:][:min(uint64(len(p)-n), c.left)])
		n += m
		c.left -= uint64(m)
		if err != nil {
			return n, unexpected(err)
		}
	}
	return n, nil
}

// sizeIsHere is true if the next chunk's size can be read without waiting.
func (c *chunks) sizeIsHere() bool {
	have := c.in.buffered()
	return len(have) > len(lineEnd) && bytes.IndexByte(have[len(lineEnd):], '\n') >= 0
}

// next reads up to the data of the next chunk. It returns io.EOF after the last one.
func (c *chunks) next() error {
	if c.begun {
		switch line, err := c.line(); {
		case err != nil:
			return err
		case len(line) > 0:
			return errChunk
		}
	}
	c.begun = true
	line, err := c.line()
	if err != nil {
		return err
	}
	c.excess += int64(len(line) + len(lineEnd))
	text, _, _ := bytes.Cut(bytes.TrimRight(line, " \t"), []byte(";"))
	if c.left, err = parseSize(text); err != nil {
		return err
	}
	c.excess = max(0, c.excess-usualBytes-2*int64(min(c.left, maxExcess)))
	switch {
	case c.excess > maxExcess:
		return errChunk
	case c.left == 0:
		return io.EOF
	}
	return nil
}

// line reads up to CRLF. LF alone does not end a line here.
func (c *chunks) line() ([]byte, error) {
	for {
		have := c.in.buffered()
		end := bytes.IndexByte(have, '\n')
		if end >= 0 {
			c.in.skip(end + 1)
			line, hasCR := bytes.CutSuffix(have[:end], []byte("\r"))
			if !hasCR || bytes.IndexByte(line, '\r') >= 0 || len(line) >= maxSizeLine {
				return nil, errChunk
			}
			return line, nil
		}
		if len(have) > maxSizeLine+len(lineEnd) {
			return nil, errChunk
		}
		if err := c.in.fill(); err != nil {
			return nil, unexpected(err)
		}
	}
}

func parseSize(text []byte) (n uint64, err error) {
	if len(text) == 0 || len(text) > digits {
		return 0, errChunk
	}
	for _, c := range text {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, errChunk
		}
		n = n<<4 | uint64(c)
	}
	return n, nil
}

// trailer reads the fields after the last chunk; nil if there are none. Fields that are allowed only in a header are left
// out.
func (c *chunks) trailer() (http.Header, error) {
	text, lines, err := c.in.block("", maxTrailer)
	if err != nil || lines == 0 && text == lineEnd {
		return nil, unexpected(err)
	}
	if strings.Count(text, "\n") != strings.Count(text, lineEnd) {
		return nil, errChunk
	}
	fields, err := parseFields(text, lines)
	maps.DeleteFunc(fields, func(name string, _ []string) bool { return isFraming(name) })
	return fields, err
}

// unexpected turns an end of the connection into an error.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
