package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"gateway/admin"
	"gateway/configs"
	"gateway/normalize"
)

// adminHandler serves what the admin listener shows.
func (g *gateway) adminHandler() http.Handler {
	return withoutSecrets(g.shared.Secrets(), admin.New(admin.Config{
		Metrics:   g.metrics.Handler(),
		Status:    g.shared.Status,
		Ready:     g.ready,
		Reload:    func(ctx context.Context) error { return g.reloads.ask(ctx, "POST /-/reload") },
		Limiter:   g.shared.Limiter,
		Consumers: func() []string { return g.config.Load().Consumers.Names() },
		Ring:      g.ring,
		Profiles:  g.profiles,
		Shadows:   g.shadows,
		Explain:   g.explainQuestion,
		Draft:     g.draftFor,
		Address:   g.admin.Addr().String(),
		Version:   version,
	}))
}

func ringLimits(k configs.Keep) admin.Limits {
	return admin.Limits{Failures: k.Failures, Bytes: k.MaxBytes, For: k.For, Bodies: *k.Bodies}
}

// callersURL is the URL at which callers reach this gateway, as far as it can know.
func (g *gateway) callersURL() string {
	scheme, address := "http://", g.callers[0].Addr().String()
	if g.tls.config != nil {
		scheme = "https://"
	}
	return scheme + address
}

// profiles lists those in use, then the other built-in ones.
func (g *gateway) profiles() []admin.Profile {
	cfg := g.config.Load()
	users := map[string][]string{}
	for _, u := range cfg.Settings().Upstreams {
		users[u.Reader.Name()] = append(users[u.Reader.Name()], u.Name)
	}
	all := slices.Clone(cfg.Profiles())
	for _, name := range configs.ProfileNames() {
		if p, err := configs.FindProfile(name); err == nil && users[name] == nil {
			all = append(all, p)
		}
	}
	out := make([]admin.Profile, len(all))
	for i, p := range all {
		out[i] = admin.Profile{Name: p.Name, Vendor: p.Vendor, Upstreams: append([]string{}, users[p.Name]...), YAML: string(p.Source)}
	}
	return out
}

// shadows are the profiles that upstreams compare with their own.
func (g *gateway) shadows() map[string]string {
	out := map[string]string{}
	for _, u := range g.config.Load().Settings().Upstreams {
		if u.Shadow != nil {
			out[u.Name] = u.Shadow.Name()
		}
	}
	return out
}

// explainQuestion does for the playground what gateway explain does on the command line. The profile is compiled within the
// usual limits; nothing else of the profile or the answer is executed.
func (g *gateway) explainQuestion(q admin.Question) (any, error) {
	answer, err := parseAnswer([]byte(q.Answer), q.Request)
	if err != nil {
		return nil, err
	}
	reader, err := g.questionReader(q)
	if err != nil {
		return nil, err
	}
	return explain(reader, answer), nil
}

// questionReader accepts built-in names and text, but no path: the page must not read files of this machine.
func (g *gateway) questionReader(q admin.Question) (*normalize.Reader, error) {
	if q.YAML == "" && q.Profile == "" {
		return normalize.NewReader(nil)
	}
	if q.YAML == "" {
		known := g.profiles()
		i := slices.IndexFunc(known, func(p admin.Profile) bool { return p.Name == q.Profile })
		if i < 0 {
			return nil, fmt.Errorf("there is no profile %q", q.Profile)
		}
		q.YAML = known[i].YAML
	}
	p, err := configs.ParseProfile("profile.yaml", []byte(q.YAML))
	if err != nil {
		return nil, err
	}
	return normalize.NewReader(&p.Profile)
}
