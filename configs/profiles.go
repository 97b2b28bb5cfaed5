package configs

import (
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"gateway/normalize"
	"gateway/ratelimit"
)

//go:embed profiles/*.yaml profiles/*.txtar
var builtIn embed.FS

// sharedPrefix marks profiles that others include and no upstream uses.
const sharedPrefix = "shared-"

// Profile is one profile file: how a vendor reports errors and what it allows.
type Profile struct {
	normalize.Profile `yaml:",inline"`
	Throttle          ratelimit.Config `yaml:"throttle"` // where the upstream's own section says nothing
	// IdempotencyKey is true for a vendor that is known to honour the Idempotency-Key header.
	IdempotencyKey bool `yaml:"idempotency_key"`

	Source  []byte `yaml:"-"` // the file itself
	Samples []byte `yaml:"-"` // the txtar archive beside it; nil if there is none
}

// ProfileNames lists the built-in profiles.
func ProfileNames() []string {
	entries, err := builtIn.ReadDir("profiles")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		name, isProfile := strings.CutSuffix(e.Name(), ".yaml")
		if isProfile && !strings.HasPrefix(name, sharedPrefix) {
			names = append(names, name)
		}
	}
	return names
}

// FindProfile returns the built-in profile of that name, or the one in a file. It is checked but not compiled.
func FindProfile(name string) (*Profile, error) { return findProfile(name, ".") }

// ParseProfile reads a profile that stands in no file; name is told in errors. It is checked and compiled.
func ParseProfile(name string, data []byte) (*Profile, error) { return loadProfile(name, data) }

// findProfile looks for files in folder.
func findProfile(name, folder string) (*Profile, error) {
	if !strings.ContainsAny(name, "/.") {
		return builtInProfile(name)
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(folder, name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("the profile cannot be read: %w", err)
	}
	p, err := loadProfile(name, data)
	if err != nil {
		return nil, err
	}
	if p.Samples, err = os.ReadFile(samplesOf(name)); errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return p, err
}

func builtInProfile(name string) (*Profile, error) {
	file := "profiles/" + name + ".yaml"
	data, err := builtIn.ReadFile(file)
	if err != nil || strings.HasPrefix(name, sharedPrefix) {
		return nil, fmt.Errorf("there is no built-in profile %q; a file is named with its path, as in ./%s.yaml%s", name, name, suggest(name, ProfileNames()))
	}
	p, err := loadProfile(file, data)
	if err != nil {
		return nil, err
	}
	if samples, err := builtIn.ReadFile(samplesOf(file)); err == nil {
		p.Samples = samples
	}
	return p, nil
}

func samplesOf(file string) string { return strings.TrimSuffix(file, filepath.Ext(file)) + ".txtar" }

// loadProfile decodes a profile, puts included rules in their places and compiles it once, so that every error is told
// with its line.
func loadProfile(file string, data []byte) (*Profile, error) {
	p := Profile{Source: data}
	d := &decoder{file: file}
	d.decode(data, &p)
	if len(d.errs) > 0 {
		return nil, d.report()
	}
	setDefault(&p.Name, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	index, err := p.includeShared()
	d.locate("", err)
	d.locate("throttle", p.Throttle.Validate())
	if len(d.errs) == 0 {
		_, err = normalize.NewReader(&p.Profile)
		d.locate("", originalRules(err, index))
	}
	return &p, d.report()
}

// includeShared replaces each include by the shared profile's rules; index tells for every rule where it stood.
func (p *Profile) includeShared() (index []int, err error) {
	var (
		rules []normalize.Rule
		errs  []error
	)
	for i, rule := range p.Rules {
		added := []normalize.Rule{rule}
		if rule.Include != "" {
			added, err = sharedRules(rule.Include)
			if err != nil {
				errs = append(errs, fmt.Errorf("rules[%d].include: %w", i, err))
			}
		}
		for range added {
			index = append(index, i)
		}
		rules = append(rules, added...)
	}
	p.Rules = rules
	return index, errors.Join(errs...)
}

func sharedRules(name string) ([]normalize.Rule, error) {
	file := "profiles/" + sharedPrefix + name + ".yaml"
	data, err := builtIn.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("there are no shared rules %q", name)
	}
	var shared Profile
	d := &decoder{file: file}
	d.decode(data, &shared)
	return shared.Rules, d.report()
}

var ruleIndex = regexp.MustCompile(`^rules\[(\d+)\]`)

// originalRules turns the rule numbers of errors back into those of the file.
func originalRules(err error, index []int) error {
	var out []error
	for _, e := range normalize.SplitErrors(err) {
		text := ruleIndex.ReplaceAllStringFunc(e.Error(), func(at string) string {
			var n int
			if _, err := fmt.Sscanf(at, "rules[%d]", &n); err != nil || n >= len(index) {
				return at
			}
			return fmt.Sprintf("rules[%d]", index[n])
		})
		out = append(out, errors.New(text))
	}
	return errors.Join(out...)
}

// compileProfiles finds and compiles the profile of every upstream and lets it fill what the upstream leaves open.
func (c *Config) compileProfiles(d *decoder, folder string) {
	c.compiled = map[string]compiled{}
	for _, name := range sortedNames(c.Upstreams) {
		path := "upstreams." + name
		for key, err := range map[string]error{"profile": c.compileProfile(name, folder), "shadow": c.compileShadow(name, folder)} {
			if err != nil {
				at := path + "." + key
				d.errs = append(d.errs, located{d.nearest(at), at, err.Error()})
			}
		}
	}
}

// compileShadow compiles the profile that an upstream's own is compared with.
func (c *Config) compileShadow(name, folder string) error {
	if c.Upstreams[name].Shadow == "" {
		return nil
	}
	p, err := findProfile(c.Upstreams[name].Shadow, folder)
	if err != nil {
		return err
	}
	of := c.compiled[name]
	of.shadow, err = normalize.NewReader(&p.Profile)
	c.compiled[name] = of
	return err
}

func (c *Config) compileProfile(name, folder string) error {
	u := c.Upstreams[name]
	p, err := profileFor(u.Profile, u.URL, folder)
	if err != nil {
		return err
	}
	var rules *normalize.Profile
	var of compiled
	if p != nil {
		rules, of.idempotencyKey = &p.Profile, p.IdempotencyKey
		u.Throttle = u.Throttle.Or(p.Throttle)
		c.addProfile(p)
	} else {
		u.Throttle = u.Throttle.Or(ratelimit.Config{})
	}
	c.Upstreams[name] = u
	of.reader, err = normalize.NewReader(rules)
	c.compiled[name] = of
	return err
}

func (c *Config) addProfile(p *Profile) {
	for _, other := range c.profiles {
		if other.Name == p.Name {
			return
		}
	}
	c.profiles = append(c.profiles, p)
}

// profileFor returns the profile that an upstream names; nil for none, or where auto finds none.
func profileFor(name, upstreamURL, folder string) (*Profile, error) {
	switch name {
	case "":
		return nil, nil
	case "auto":
		return profileByHost(upstreamURL)
	default:
		return findProfile(name, folder)
	}
}

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

// builtInHosts gives the names of the built-in profiles by their hosts. They are read once: there are many, and every
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

// matchHost is true if host is the name, or below it where the glob begins with *.
func matchHost(glob, host string) bool {
	host = strings.ToLower(host)
	if suffix, ok := strings.CutPrefix(glob, "*"); ok {
		return strings.HasSuffix(host, suffix)
	}
	return host == glob
}
