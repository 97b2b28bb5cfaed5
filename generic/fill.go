package generic

import (
	"regexp"
	"strconv"

	"gateway/document"
	"gateway/wording"
)

// blank is a place in a text for one of its parameters: %1, %name, {name} or {{name}}.
var blank = regexp.MustCompile(`%(\w+)|\{\{?(\w+)\}?\}`)

// fill puts the parameters that an object holds into the blanks of its texts, as Magento leaves that to its clients.
func (f *fault) fill(n *document.Node) {
	for _, m := range n.Members {
		if roleOf(m.Name).role != argumentRole || m.Value.IsEmpty() {
			continue
		}
		for i := range f.texts {
			f.texts[i].text = fillBlanks(f.texts[i].text, m.Value)
		}
	}
}

// fillBlanks fills what parameters has a value for, by name or by number from 1.
func fillBlanks(text string, parameters *document.Node) string {
	filled := blank.ReplaceAllStringFunc(text, func(at string) string {
		m := blank.FindStringSubmatch(at)
		if value, ok := parameter(parameters, m[1]+m[2]); ok {
			return value
		}
		return at
	})
	return wording.CleanText(filled, wording.MaxTextBytes)
}

func parameter(parameters *document.Node, name string) (string, bool) {
	if number, err := strconv.Atoi(name); err == nil && parameters.Kind == document.List {
		if number < 1 || number > len(parameters.Items) {
			return "", false
		}
		return parameters.Items[number-1].Scalar()
	}
	return parameters.Get(name).Scalar()
}

// addOwnID takes the id of this error, as JSON:API calls it, where nothing better is there: one that nobody made up.
func (f *fault) addOwnID(n *document.Node) {
	for _, m := range n.Members {
		if wording.PlainName(m.Name) == "id" && m.Value.Kind == document.String && wording.IsOpaque(m.Value.Text) && !wording.IsDigits(m.Value.Text) && len(manyDigits.FindAllString(m.Value.Text, 3)) == 3 {
			f.id.better(wording.CleanID(m.Value.Text), worstRank-1)
		}
	}
}

var manyDigits = regexp.MustCompile(`\d`)
