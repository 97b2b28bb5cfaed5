package draft

import (
	"bytes"
	"strings"

	"gateway/normalize"
)

// withRules writes rules in the form in which they belong at the end of a profile's rules, and the resulting profile; nil
// if the profile's rules are not written as a block.
func withRules(source []byte, rules []normalize.Rule) (block, profile []byte) {
	lines := strings.SplitAfter(string(source), "\n")
	begin, end, indent := rulesBlock(lines)
	var b strings.Builder
	for _, rule := range rules {
		writeRule(&b, rule)
	}
	block = []byte(indented(b.String(), indent))
	switch {
	case begin < 0 && bytes.Contains(source, []byte("\nrules:")), begin >= 0 && end < 0:
		return block, nil
	case begin < 0:
		return block, append(append(ended(source), "\nrules:\n"...), block...)
	}
	before := ended([]byte(strings.Join(lines[:end], "")))
	return block, append(append(before, block...), strings.Join(lines[end:], "")...)
}

// rulesBlock finds the line of the key rules, the line after the last rule, and the indentation of its items. begin is
// negative if there is no such block.
func rulesBlock(lines []string) (begin, end int, indent string) {
	begin, indent = -1, "  "
	for i, line := range lines {
		text := strings.TrimSpace(line)
		switch {
		case begin < 0:
			if key, rest, ok := strings.Cut(line, ":"); ok && key == "rules" && isComment(rest) {
				begin, end = i, i+1
			}
		case isComment(line): // belongs to what follows
		case line[0] != ' ' && line[0] != '-':
			return begin, end, indent
		default:
			if end == begin+1 && text[0] == '-' {
				indent = line[:strings.IndexByte(line, '-')]
			}
			end = i + 1
		}
	}
	return begin, end, indent
}

// isComment is true for an empty line or a comment.
func isComment(line string) bool {
	text := strings.TrimSpace(line)
	return text == "" || text[0] == '#'
}

// indented changes the indentation of what writeRule writes, which is two, to indent.
func indented(block, indent string) string {
	lines := strings.SplitAfter(block, "\n")
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(line, "  "); ok {
			lines[i] = indent + rest
		}
	}
	return strings.Join(lines, "")
}

// ended is text with a line end at its end.
func ended(text []byte) []byte {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return append(bytes.Clone(text), '\n')
	}
	return bytes.Clone(text)
}
