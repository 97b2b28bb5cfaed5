package document

import (
	"regexp"
	"strings"
)

// MediaType returns the media type of a Content-Type without its parameters.
func MediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";") // broken parameters do not spoil the type
	return strings.ToLower(strings.TrimSpace(media))
}

// IsStructured is true for media types of JSON, XML and YAML, by name or by suffix (RFC 6839).
func IsStructured(media string) bool { return syntaxIn.MatchString(media) }

// syntaxIn finds the syntax that a media type names, alone or as its suffix (RFC 6839).
var syntaxIn = regexp.MustCompile(`[/+_-](json|xml|yaml)(?:$|-)`)

// syntax returns the syntax that the media type claims: json, xml, yaml, or "" for any other.
func (d *Document) syntax() string {
	if m := syntaxIn.FindStringSubmatch(d.MediaType); m != nil {
		return m[1]
	}
	return ""
}
