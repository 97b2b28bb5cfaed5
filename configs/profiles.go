package configs

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gateway/normalize"
	"gateway/ratelimit"
)

//go:embed profiles/*.yaml profiles/*.txtar
var builtIn embed.FS

// Profile is one profile file: how a vendor reports errors and what it allows.
type Profile struct {
	normalize.Profile `yaml:",inline"`
	Throttle          ratelimit.Config `yaml:"throttle"` // used where the upstream's own section says nothing
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

// FindProfile returns the built-in profile of that name, or the profile in a file. It is checked but not compiled.
func FindProfile(name string) (*Profile, error) { return findProfile(name, ".") }

// ParseProfile reads a profile that is not in a file; errors call it name. It is checked and compiled.
func ParseProfile(name string, data []byte) (*Profile, error) { return loadProfile(name, data) }

// findProfile searches for files in folder.
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

// loadProfile decodes a profile, inserts included rules, and compiles it once, so that every error is reported with its
// line.
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
