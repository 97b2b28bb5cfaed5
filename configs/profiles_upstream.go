package configs

import (
	"gateway/normalize"
	"gateway/ratelimit"
)

// compileProfiles finds and compiles the profile of every upstream, and lets it fill in what the upstream leaves open.
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

// profileFor returns the profile that an upstream names; nil for none, or if auto finds none.
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
