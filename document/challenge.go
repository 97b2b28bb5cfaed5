package document

import (
	"regexp"
	"strings"
)

var authParam = regexp.MustCompile(`([A-Za-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))`)

// Challenge returns a parameter of a challenge (RFC 9110, section 11.6.1), such as error (RFC 6750, section 3).
func (a *Answer) Challenge(name string) string {
	for _, challenge := range a.Header.Values("Www-Authenticate") {
		for _, m := range authParam.FindAllStringSubmatch(challenge, -1) {
			if strings.EqualFold(m[1], name) {
				return strings.ReplaceAll(m[2], `\"`, `"`) + m[3]
			}
		}
	}
	return ""
}
