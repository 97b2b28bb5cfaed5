package documenttest

import (
	"fmt"
	"strings"
)

// Laughs is the billion laughs as XML and as YAML.
func Laughs() (xml, yaml string) {
	var dtd, anchors strings.Builder
	for i := range 10 {
		fmt.Fprintf(&dtd, `<!ENTITY l%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&l%d;", i), 10))
		fmt.Fprintf(&anchors, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 10), ","))
	}
	return `<?xml version="1.0"?><!DOCTYPE e [<!ENTITY l0 "lol">` + dtd.String() + `]><e>&l10;</e>`,
		"a0: &a0 lol\n" + anchors.String()
}
