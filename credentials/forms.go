package credentials

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

// forms returns the ways in which a secret may be written, including the secret itself, and how each of these is written
// inside JSON, URLs and HTML.
func forms(secret string) []string {
	coded := hex.EncodeToString([]byte(secret))
	out := slices.Concat([]string{secret, html.EscapeString(secret), coded, strings.ToUpper(coded)},
		inJSON(secret), inURLs(secret), inBase64(secret), maskedTails(secret))
	for _, form := range out {
		out = append(out, inJSON(form)...)
		out = append(out, url.QueryEscape(form), html.EscapeString(form))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inJSON is the secret as JSON encoders write it: those that escape HTML's special characters, and those that do not.
func inJSON(secret string) []string {
	var out []string
	for _, escapes := range []bool{true, false} {
		var quoted strings.Builder
		encoder := json.NewEncoder(&quoted)
		encoder.SetEscapeHTML(escapes)
		if err := encoder.Encode(secret); err == nil {
			text := strings.TrimSuffix(quoted.String(), "\n")
			out = append(out, text[1:len(text)-1])
		}
	}
	return out
}

// inURLs is the secret in queries and paths, with %2F and with %2f.
func inURLs(secret string) []string {
	query := url.QueryEscape(secret)
	spaced := strings.ReplaceAll(query, "+", "%20")
	return []string{
		query, lowerHex(query), spaced, lowerHex(spaced), url.PathEscape(secret), strings.ReplaceAll(secret, "/", `\/`),
	}
}

// lowerHex writes the digits of percent-coding in lower case.
func lowerHex(coded string) string {
	out := []byte(coded)
	for i := 0; i+2 < len(out); i++ {
		if out[i] == '%' {
			copy(out[i+1:], strings.ToLower(coded[i+1:i+3]))
		}
	}
	return string(out)
}

// inBase64 is the secret in base64, in four alphabets: alone, and the part that is the same wherever the secret stands in a
// longer text, such as the user:password of basic authentication.
func inBase64(secret string) []string {
	var out []string
	for _, coding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		out = append(out, coding.EncodeToString([]byte(secret)), coding.WithPadding(base64.NoPadding).EncodeToString([]byte(secret)))
		for before := range 3 {
			out = append(out, middle(coding, before, secret))
		}
	}
	return out
}

// middle encodes the secret behind a number of bytes, and leaves out the characters that depend on its neighbours.
func middle(coding *base64.Encoding, before int, secret string) string {
	coded := coding.WithPadding(base64.NoPadding).EncodeToString([]byte(strings.Repeat("x", before) + secret))
	from := (before*8 + 5) / 6
	to := (before + len(secret)) * 8 / 6
	return coded[from:to]
}

// maskedTails are the last characters after a mask, as in ****1234.
func maskedTails(secret string) []string {
	const shortest, longest = 4, 8
	var out []string
	for n := shortest; n <= min(longest, len(secret)-1); n++ {
		for _, mask := range []string{"**", "xx", "XX", "••", "..", "…", "##"} {
			out = append(out, mask+secret[len(secret)-n:])
		}
	}
	return out
}
