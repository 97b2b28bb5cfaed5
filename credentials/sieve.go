package credentials

const (
	blockBytes = 3 // looked at together
	mostHead   = 8 // bytes of a form that are known to the sieve
)

// sieve quickly rules out most texts that contain no form of any secret, by looking at every few bytes (Wu and Manber, "A
// fast algorithm for multi-pattern searching", 1994): a block of bytes says how far away the next form must be at least.
type sieve struct {
	head  int // bytes of each form that are looked for: as many as the shortest has, up to mostHead
	skip  [1 << 16]uint8
	heads map[uint64]struct{}
}

// newSieve makes a sieve for forms, none of which may be empty.
func newSieve(forms []string) *sieve {
	s := &sieve{head: mostHead, heads: map[uint64]struct{}{}}
	for _, form := range forms {
		s.head = min(s.head, len(form))
	}
	for i := range s.skip {
		s.skip[i] = uint8(max(s.head-blockBytes+1, 1)) //nolint:gosec // a few
	}
	for _, form := range forms {
		s.heads[number(form[:s.head])] = struct{}{}
		for end := blockBytes; end <= s.head; end++ {
			block := &s.skip[hash(form, end)]
			*block = min(*block, uint8(s.head-end)) //nolint:gosec // a few
		}
	}
	return s
}

// passes is true for a text that contains none of the forms.
func passes[T string | []byte](s *sieve, text T) bool {
	if s.head < blockBytes {
		return false
	}
	for end := s.head; end <= len(text); {
		skip := int(s.skip[hash(text, end)])
		if skip > 0 {
			end += skip
			continue
		}
		if _, begins := s.heads[number(text[end-s.head:end])]; begins {
			return false
		}
		end++
	}
	return true
}

// hash is the hash of the block before end.
func hash[T string | []byte](text T, end int) uint16 {
	block := uint32(text[end-3])<<16 | uint32(text[end-2])<<8 | uint32(text[end-1])
	return uint16(block * 0x9E3779B1 >> 16) //nolint:gosec // the upper half
}

// number converts the first bytes of a text to a number.
func number[T string | []byte](head T) (n uint64) {
	for i := range len(head) {
		n = n<<8 | uint64(head[i])
	}
	return n
}
