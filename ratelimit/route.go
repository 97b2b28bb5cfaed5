package ratelimit

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Route holds limits for some requests only. A request may be on several routes; the limits of all of them apply.
type Route struct {
	Name   string   `yaml:"name"`          // in problems and metrics
	Method []string `yaml:"method"`        // default: every method
	Path   []string `yaml:"path"`          // globs of the path that the vendor sees: * is one segment, ** any number, {id} one segment whose values are counted separately
	Limits []Limit  `yaml:"limits"`        // in addition to those of the upstream
	Cost   int      `yaml:"cost,positive"` // how much one request counts; default 1
	Apart  bool     `yaml:"apart"`         // does not count towards limits and concurrency of the upstream
}

var routeName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

func validateRoutes(routes []Route) (errs []error) {
	for i, r := range routes {
		problems := validateLimits(r.Limits)
		if !routeName.MatchString(r.Name) {
			problems = append(problems, fmt.Errorf("name: %q must be lower-case words joined by -", r.Name))
		}
		if slices.ContainsFunc(routes[:i], func(other Route) bool { return other.Name == r.Name }) {
			problems = append(problems, fmt.Errorf("name: another route is called %s too", r.Name))
		}
		if len(r.Path) == 0 {
			problems = append(problems, errors.New("path: say which paths are meant, as in /v1/orders/{id}"))
		}
		for j, glob := range r.Path {
			if !strings.HasPrefix(glob, "/") {
				problems = append(problems, fmt.Errorf("path[%d]: %q must begin with /", j, glob))
			}
		}
		if r.Cost < 0 {
			problems = append(problems, errors.New("cost: must be > 0; apart: true is for what costs nothing"))
		}
		if len(r.Limits) == 0 && r.Cost == 0 && !r.Apart {
			problems = append(problems, errors.New("limits: say what the route has of its own: limits, a cost, or apart: true"))
		}
		for _, err := range problems {
			errs = append(errs, fmt.Errorf("routes[%d].%w", i, err))
		}
	}
	return errs
}

// Apply adds to r what the routes say about a request with this method and path. The path is escaped, as it is sent.
func (c Config) Apply(r Request, method, path string) Request {
	for i := range c.Routes {
		route := &c.Routes[i]
		if len(route.Method) > 0 && !slices.ContainsFunc(route.Method, func(m string) bool { return strings.EqualFold(m, method) }) {
			continue
		}
		key, ok := route.keyOf(path)
		if !ok {
			continue
		}
		r.Cost = max(r.Cost, route.Cost)
		r.Apart = r.Apart || route.Apart
		if len(route.Limits) > 0 {
			r.Scopes = append(r.Scopes, Scope{Name: route.Name, Key: key, Limits: route.Limits})
		}
	}
	return r
}

// keyOf returns the route's name, followed by what the path has in place of {id}; false if no glob matches.
func (r *Route) keyOf(path string) (string, bool) {
	for _, glob := range r.Path {
		if !beginsAs(path, glob) {
			continue
		}
		segments := strings.Split(strings.Trim(path, "/"), "/")
		if key, ok := matchSegments(strings.Split(strings.Trim(glob, "/"), "/"), segments, r.Name); ok {
			return key, true
		}
	}
	return "", false
}

// beginsAs is a quick check of what a glob has before its first * or {, because every request is checked.
func beginsAs(path, glob string) bool {
	if i := strings.IndexAny(glob, "*{"); i >= 0 {
		glob = glob[:i]
	}
	glob = strings.TrimSuffix(glob, "/")
	return len(path) >= len(glob) && strings.EqualFold(path[:len(glob)], glob)
}

// matchSegments matches path against glob, segment by segment and ignoring case, and adds the named segments to key.
func matchSegments(glob, path []string, key string) (string, bool) {
	for i, want := range glob {
		if want == "**" {
			for skip := i; skip <= len(path); skip++ {
				if found, ok := matchSegments(glob[i+1:], path[skip:], key); ok {
					return found, true
				}
			}
			return "", false
		}
		if i >= len(path) {
			return "", false
		}
		switch {
		case strings.HasPrefix(want, "{") && strings.HasSuffix(want, "}"):
			key += "/" + path[i]
		case want != "*" && !strings.EqualFold(want, path[i]):
			return "", false
		}
	}
	return key, len(glob) == len(path)
}
