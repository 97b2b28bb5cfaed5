package document

import (
	"net/url"
	"regexp"
	"strings"
)

// formLike tells a form-encoded body from prose: names, equals signs, no white space.
var formLike = regexp.MustCompile(`^[A-Za-z_][\w.%\[\]-]*=[^\s<>{}]*$`)

// parseForm makes application/x-www-form-urlencoded text into an object, in the order of the text; names that come
// again are a list. It returns nil if text is something else.
func parseForm(text string, l Limits) *Node {
	if !formLike.MatchString(text) {
		return nil
	}
	t := newTally(l)
	root := &Node{Kind: Object}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil || t.take(2) != nil {
			return nil
		}
		if name != "" {
			value = cleanControls(strings.ToValidUTF8(value, "\uFFFD"))
			root.Members = append(root.Members, Member{name, &Node{Kind: String, Text: value}})
		}
	}
	root.Members = listed(root.Members)
	return root
}
