package configs

import (
	"net/url"
	"strings"
	"sync"
)

// profileByHost returns the built-in profile whose hosts match the URL's; the longest glob wins.
func profileByHost(upstreamURL string) (*Profile, error) {
	u, err := url.Parse(upstreamURL)
	if err != nil {
		return nil, nil // reported with the URL itself
	}
	hosts, err := builtInHosts()
	if err != nil {
		return nil, err
	}
	var best string
	for glob := range hosts {
		if matchHost(glob, u.Hostname()) && len(glob) > len(best) {
			best = glob
		}
	}
	if best == "" {
		return nil, nil
	}
	return builtInProfile(hosts[best])
}

// builtInHosts maps hosts to the names of the built-in profiles. They are read once, because there are many and every
// reload asks.
var builtInHosts = sync.OnceValues(func() (map[string]string, error) {
	hosts := map[string]string{}
	for _, name := range ProfileNames() {
		p, err := builtInProfile(name)
		if err != nil {
			return nil, err
		}
		for _, glob := range p.Hosts {
			hosts[glob] = name
		}
	}
	return hosts, nil
})

// matchHost is true if host is the name, or lies below it if the glob begins with *.
func matchHost(glob, host string) bool {
	host = strings.ToLower(host)
	if suffix, ok := strings.CutPrefix(glob, "*"); ok {
		return strings.HasSuffix(host, suffix)
	}
	return host == glob
}
