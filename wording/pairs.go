package wording

// pairs are the pairs of adjacent bytes in a text. One pass over the text rules out hundreds of other texts that it does
// not contain. A bit stands for several pairs, so a pair may seem to be there that is not.
type pairs [8]uint64

// pairOf returns the bit of a pair.
func pairOf(first, second byte) uint16 { return (uint16(first)<<4 ^ uint16(second)) % 512 }

func pairsOf(text string) (p pairs) {
	for i := 1; i < len(text); i++ {
		bit := pairOf(text[i-1], text[i])
		p[bit/64] |= 1 << (bit % 64)
	}
	return p
}

// hallmark is the first pairs of a text. Every text that contains it has them.
type hallmark [4]uint16

// hallmarksOf returns one for each text; none if a text is too short for a pair.
func hallmarksOf(texts []string) []hallmark {
	marks := make([]hallmark, len(texts))
	for i, text := range texts {
		if len(text) < 2 {
			return nil
		}
		for n := range marks[i] {
			at := n % (len(text) - 1)
			marks[i][n] = pairOf(text[at], text[at+1])
		}
	}
	return marks
}

// fitOne is true if a text with these pairs may contain one of those with the hallmarks. Without hallmarks it is always
// true.
func (p *pairs) fitOne(marks []hallmark) bool {
	for i := range marks {
		if p.fit(&marks[i]) {
			return true
		}
	}
	return len(marks) == 0
}

func (p *pairs) fit(mark *hallmark) bool {
	for _, bit := range mark {
		if p[bit/64]>>(bit%64)&1 == 0 {
			return false
		}
	}
	return true
}
