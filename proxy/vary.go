package proxy

import (
	"net/http"
	"strings"
)

// varyBy adds names to Vary, beside the vendor's: in one line, each name once. A * covers all others (RFC 9110, section
// 12.5.5).
func varyBy(header http.Header, names ...string) {
	all := strings.Join(names, ", ")
	if vendors := header["Vary"]; len(vendors) > 0 {
		all = eachOnce(strings.Join(vendors, ",") + "," + all)
	}
	header["Vary"] = []string{all}
}

// eachOnce removes repeated names from a list, whatever their case.
func eachOnce(list string) string {
	var once []string
	seen := map[string]bool{"": true} // between two commas may be nothing
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name == "*" {
			return name
		}
		if folded := strings.ToLower(name); !seen[folded] {
			seen[folded] = true
			once = append(once, name)
		}
	}
	return strings.Join(once, ", ")
}
