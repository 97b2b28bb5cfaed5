package normalize

import "gateway/document"

// itemScanner finds the items in the bytes of a batch answer while they stream. It holds one item at a time, and passes on
// at once what stands between items.
type itemScanner struct {
	lines    bool // one item a line; else those of the list that seeker finds
	seeker   listSeeker
	item     func(raw []byte) []byte // gets every item whole and returns what goes on in its place
	tooLarge func()                  // is told of an item that is not held whole
	pass     func([]byte)            // gets all that goes on; nil: nobody does
	budget   *document.Budget

	state scanState
	held  []byte // of the item under way
	in    nesting
	taken bool // of the budget, for an item that is more than small
}

type scanState uint8

const (
	seeking  scanState = iota // the list has not begun; lines begin at once
	between                   // items
	inside                    // of an item
	oversize                  // inside of an item that is not held any more
	lineEnd                   // behind the item of a line
	finished                  // behind the list, or there is none
)

// Write takes the next bytes. It always takes all of them.
func (s *itemScanner) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		p = p[s.step(p):]
	}
	return n, nil
}

// step takes the first bytes of p in the state that s is in, and returns how many.
func (s *itemScanner) step(p []byte) int {
	switch s.state {
	case seeking:
		return s.seek(p)
	case between:
		return s.begin(p)
	case inside, oversize:
		return s.goOn(p)
	case lineEnd:
		return s.skip(p, func(c byte) bool { return c == '\n' }, between)
	default:
		s.send(p)
		return len(p)
	}
}

func (s *itemScanner) send(p []byte) {
	if s.pass != nil {
		s.pass(p)
	}
}

// skip sends p on up to the first byte that is wanted; there the next state begins.
func (s *itemScanner) skip(p []byte, wanted func(byte) bool, next scanState) int {
	for i, c := range p {
		if wanted(c) {
			s.state = next
			s.send(p[:i])
			return i
		}
	}
	s.send(p)
	return len(p)
}

// seek sends p on up to the beginning of the list.
func (s *itemScanner) seek(p []byte) int {
	if s.lines {
		s.state = between
		return 0
	}
	for i, c := range p {
		if begun, over := s.seeker.step(c); begun || over {
			s.state = between
			if over {
				s.state = finished
			}
			s.send(p[:i+1])
			return i + 1
		}
	}
	s.send(p)
	return len(p)
}

// begin sends p on up to the beginning of the next item, or the end of the list.
func (s *itemScanner) begin(p []byte) int {
	n := s.skip(p, func(c byte) bool { return !isBlank(c) && (s.lines || c != ',') }, inside)
	s.in, s.held = nesting{}, s.held[:0]
	if n < len(p) && p[n] == ']' && !s.lines {
		s.state = finished
	}
	return n
}

// goOn takes bytes of an item, up to its end.
func (s *itemScanner) goOn(p []byte) int {
	for i, c := range p {
		switch {
		case s.lines && c == '\n', !s.lines && s.in.isOver(c):
			s.keep(p[:i])
			s.end()
			return i
		case s.in.step(c):
			s.keep(p[:i+1])
			s.end()
			return i + 1
		}
	}
	s.keep(p)
	return len(p)
}

// keep holds bytes of an item. If the item is too large, it sends all of it on.
func (s *itemScanner) keep(p []byte) {
	if s.state == inside && !s.fits(len(s.held)+len(p)) {
		s.state = oversize
		s.send(s.held)
	}
	if s.state == oversize {
		s.send(p)
		return
	}
	s.held = append(s.held, p...)
}

// fits is true if n bytes may be held.
func (s *itemScanner) fits(n int) bool {
	if n > maxItemBytes {
		return false
	}
	if n > document.SmallBytes && !s.taken {
		s.taken = s.budget.Take(maxItemBytes)
		return s.taken
	}
	return true
}

// end is called at the end of an item.
func (s *itemScanner) end() {
	if s.state == oversize {
		s.tooLarge()
	} else {
		s.send(s.item(s.held))
	}
	s.state = between
	if s.lines {
		s.state = lineEnd
	}
}

// finish is called at the end of the body. What had not ended when the body was cut is not an item.
func (s *itemScanner) finish(cut bool) {
	switch {
	case s.state == inside && cut:
		s.send(s.held)
	case s.state == inside, s.state == oversize && !cut:
		s.end()
	}
	s.state = finished
}

// release gives back what was taken from the budget.
func (s *itemScanner) release() {
	if s.taken {
		s.budget.Give(maxItemBytes)
		s.taken, s.held = false, nil
	}
	s.state = finished
}

// nesting tracks the brackets and strings of one JSON value.
type nesting struct {
	depth             int
	inString, escaped bool
}

// step takes one byte, and returns true if the value ends with it: with its last bracket, or with the closing quote of a
// string.
func (n *nesting) step(c byte) bool {
	switch {
	case n.escaped:
		n.escaped = false
	case n.inString:
		n.escaped = c == '\\'
		n.inString = c != '"'
		return !n.inString && n.depth == 0
	case c == '"':
		n.inString = true
	case c == '{' || c == '[':
		n.depth++
	case c == '}' || c == ']':
		n.depth--
		return n.depth <= 0
	}
	return false
}

// isOver is true if c, in a list, no longer belongs to the value.
func (n *nesting) isOver(c byte) bool {
	return n.depth == 0 && !n.inString && (c == ',' || c == ']' || isBlank(c))
}

// isBlank is true for white space and the bytes of a byte order mark. No value begins with them.
func isBlank(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', document.BOM[0], document.BOM[1], document.BOM[2]:
		return true
	}
	return false
}
