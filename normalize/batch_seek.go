package normalize

// maxMemberBytes bounds the names of members on the way to a list.
const maxMemberBytes = 128

// listSeeker finds the beginning of the list that a path of member names leads to.
type listSeeker struct {
	path []string

	in      nesting
	matched int    // so many names of path lead to the object that is under way
	naming  bool   // a member's name comes next there, or is being read
	name    []byte // the last name that was read, its escapes as they are
	onPath  bool   // the value that comes next is the one that path leads to
}

// step takes one byte. begun is true if it opens the list, and over if no list can follow.
func (s *listSeeker) step(c byte) (begun, over bool) {
	switch {
	case s.in.inString:
		s.spell(c)
		s.in.step(c)
		return false, false
	case isBlank(c):
		return false, false
	case s.in.depth == 0:
		return s.open(c)
	case s.isHere():
		begun = s.read(c)
	}
	s.in.step(c)
	return begun, s.left()
}

// isHere is true in the object whose members count, outside of nested values.
func (s *listSeeker) isHere() bool { return s.in.depth == s.matched+1 }

// open takes the first byte of the body.
func (s *listSeeker) open(c byte) (begun, over bool) {
	if len(s.path) == 0 {
		return c == '[', c != '['
	}
	s.naming = true
	s.in.step(c)
	return false, c != '{'
}

// spell takes a byte of a string, which may be a name.
func (s *listSeeker) spell(c byte) {
	if s.isHere() && s.naming && len(s.name) < maxMemberBytes && (c != '"' || s.in.escaped) {
		s.name = append(s.name, c)
	}
}

// read takes a byte between the strings of the object whose members count.
func (s *listSeeker) read(c byte) (begun bool) {
	last := s.matched == len(s.path)-1
	switch {
	case c == '"' && s.naming:
		s.name = s.name[:0]
	case c == ':':
		s.naming = false
		s.onPath = string(s.name) == s.path[s.matched]
		return false
	case c == ',':
		s.naming = true
	case c == '{' && s.onPath && !last:
		s.matched++
		s.naming = true
	case c == '[' && s.onPath && last:
		return true
	}
	s.onPath = false
	return false
}

// left goes back one step at the end of an object of the path, and returns true if that was the first.
func (s *listSeeker) left() bool {
	for s.in.depth < s.matched+1 {
		if s.matched == 0 {
			return true
		}
		s.matched--
	}
	return false
}
