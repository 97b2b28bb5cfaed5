package credentials

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// owned are the places into which an upstream's credentials are put. What a caller wrote there never reaches the vendor,
// whichever credential is used.
type owned struct {
	headers []string // as plainName writes them
	params  []string // of the query, likewise
}

// bearerParams are other places for a bearer token: RFC 6750, section 2.3, and Accelo's. A vendor that gets two tokens
// refuses the request, or uses the caller's.
var bearerParams = []string{"access_token", "_bearer_token"}

func newOwned(list []Config) owned {
	var o owned
	for _, c := range list {
		if c.Query != nil {
			o.params = append(o.params, plainName(c.Query.Name))
			continue
		}
		name := plainName(c.headerName())
		o.headers = append(o.headers, name)
		if name == "authorization" {
			for _, param := range bearerParams {
				o.params = append(o.params, plainName(param))
			}
		}
	}
	return o
}

// headerName is the header that holds the credential; "" if it is in the query.
func (c Config) headerName() string {
	switch {
	case c.Header != nil:
		return c.Header.Name
	case c.OAuth2 != nil && c.OAuth2.Header != "":
		return c.OAuth2.Header
	case c.Query != nil:
		return ""
	}
	return "Authorization"
}

// plainName makes names equal that some server treats as equal: X-Api-Key, x_api_key, X.API.KEY.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(strings.TrimSpace(name)))
}

// strip removes the owned places from req, which must have headers and a URL of its own.
func (o owned) strip(req *http.Request) {
	for _, header := range []http.Header{req.Header, req.Trailer} {
		for name := range header {
			if slices.Contains(o.headers, plainName(name)) {
				delete(header, name)
			}
		}
	}
	o.stripCookies(req.Header)
	if len(o.params) > 0 {
		req.URL.RawQuery = o.stripQuery(req.URL.RawQuery)
	}
}

// stripCookies removes cookies with an owned name, because some servers look for a parameter there too.
func (o owned) stripCookies(header http.Header) {
	var left []string
	for _, line := range header["Cookie"] {
		pairs := strings.Split(line, ";")
		kept := slices.DeleteFunc(slices.Clone(pairs), func(pair string) bool {
			name, _, _ := strings.Cut(pair, "=")
			return slices.Contains(o.headers, plainName(name)) || slices.Contains(o.params, plainName(name))
		})
		if len(kept) == len(pairs) {
			left = append(left, line)
		} else if rest := strings.TrimSpace(strings.Join(kept, ";")); rest != "" {
			left = append(left, rest)
		}
	}
	if left == nil {
		delete(header, "Cookie")
		return
	}
	header["Cookie"] = left
}

// stripQuery removes parameters and keeps every other byte, because reordering breaks signed URLs. It also splits at
// semicolons, as some servers do.
func (o owned) stripQuery(query string) string {
	var out strings.Builder
	for rest := query; rest != ""; {
		end := strings.IndexAny(rest, "&;")
		pair := rest
		if end >= 0 {
			pair = rest[:end+1]
		}
		rest = rest[len(pair):]
		if !o.ownsParam(strings.TrimRight(pair, "&;")) {
			out.WriteString(pair)
		}
	}
	left := out.String()
	if left != query && !strings.HasSuffix(query, "&") {
		left = strings.TrimSuffix(left, "&")
	}
	return left
}

// ownsParam checks the name before the equals sign; in key[]=x and key[0]=x it is key.
func (o owned) ownsParam(pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	name, _, _ = strings.Cut(name, "[")
	return slices.Contains(o.params, plainName(name))
}

// place is where a credential is put.
type place struct{ header, param string }

func (c Config) place() place {
	if c.Query != nil {
		return place{param: c.Query.Name}
	}
	return place{header: c.headerName()}
}

// put writes the value; in a query, after everything else.
func (p place) put(req *http.Request, value string) {
	if p.header != "" {
		req.Header.Set(p.header, value)
		return
	}
	pair := queryEscape(p.param) + "=" + queryEscape(value)
	switch query := req.URL.RawQuery; {
	case query == "":
		req.URL.RawQuery = pair
	case strings.HasSuffix(query, "&"):
		req.URL.RawQuery += pair
	default:
		req.URL.RawQuery += "&" + pair
	}
}

// queryEscape writes a space as %20, which every server understands.
func queryEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
