package wording

// IsWorthTrying is true if a pattern may match text.
func IsWorthTrying(pattern, text string) bool {
	p, has := NewPhrase(pattern), pairsOf(text)
	return p.mayFit(&has, text)
}
