package main

import (
	"slices"
	"strings"

	"gateway/admin"
	"gateway/configs"
	"gateway/draft"
	"gateway/proxy"
)

// draftFor drafts what would map an upstream's answers: rules for its profile, or a first profile where it has none.
func (g *gateway) draftFor(upstream string, recorded []draft.Recorded) (admin.Draft, error) {
	p := g.profileOf(upstream)
	if p == nil {
		d, err := draft.New(strings.ReplaceAll(upstream, "_", "-"), upstream, recorded)
		return admin.Draft{Profile: string(d.Profile), Samples: string(d.Samples), Skipped: d.Skipped}, err
	}
	d, err := draft.NewPatch(p.Profile, p.Source, recorded)
	return admin.Draft{
		Into: p.Name, Rules: string(d.Rules), Samples: string(d.Samples), Profile: string(d.Profile), Skipped: d.Skipped,
	}, err
}

// profileOf is the profile that an upstream uses; nil for the generic reader.
func (g *gateway) profileOf(upstream string) *configs.Profile {
	cfg := g.config.Load()
	all := cfg.Settings().Upstreams
	at := slices.IndexFunc(all, func(u proxy.Upstream) bool { return u.Name == upstream })
	if at < 0 {
		return nil
	}
	for _, p := range cfg.Profiles() {
		if p.Name == all[at].Reader.Name() {
			return p
		}
	}
	return nil
}
