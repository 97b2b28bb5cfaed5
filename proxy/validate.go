package proxy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// SetDefaults fills what the section leaves out.
func (c *ProblemsConfig) SetDefaults() {
	if c.Base == "" {
		c.Base = problemsPath
	}
}

// Validate checks the problems section.
func (c ProblemsConfig) Validate() error {
	return errors.Join(checkBase("base", c.Base), checkBase("instance_base", c.InstanceBase))
}

func checkBase(path, base string) error {
	if base == "" {
		return nil
	}
	if _, err := url.Parse(base); err != nil || !strings.HasSuffix(base, "/") && !strings.HasSuffix(base, ":") && !strings.HasSuffix(base, "=") {
		return fmt.Errorf("%s: %q must be a URI to which a name is added; end it with /", path, base)
	}
	return nil
}

// Validate checks the consumers section.
func (c ConsumersConfig) Validate() error {
	var errs []error
	header, isHeader := strings.CutPrefix(c.Identify, "header:")
	switch {
	case c.Identify == "", c.Identify == "mtls", c.Identify == "key":
	case !isHeader || !httpguts.ValidHeaderFieldName(header):
		errs = append(errs, fmt.Errorf("identify: %q is none of header:NAME, mtls, key", c.Identify))
	}
	for name, weight := range c.Weights {
		if weight <= 0 {
			errs = append(errs, fmt.Errorf("weights.%s: must be > 0", name))
		}
	}
	return errors.Join(append(errs, c.checkKeys())...)
}

// checkKeys reports hashes that are malformed, and hashes that belong to several consumers.
func (c ConsumersConfig) checkKeys() error {
	if c.Identify == "key" && len(c.Keys) == 0 {
		return errors.New("keys: identify: key needs the hash of at least one API key")
	}
	if c.Identify != "key" && len(c.Keys) > 0 {
		return errors.New("keys: are only looked at with identify: key")
	}
	var errs []error
	owner := map[[sha256.Size]byte]string{}
	for _, consumer := range slices.Sorted(maps.Keys(c.Keys)) {
		for i, text := range c.Keys[consumer] {
			hash, err := parseHash(text)
			if other, taken := owner[hash]; err == nil && taken {
				err = fmt.Errorf("is the hash of a key of %s already", other)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("keys.%s[%d]: %w", consumer, i, err))
			}
			owner[hash] = consumer
		}
	}
	return errors.Join(errs...)
}

// OneOf checks a key that has few allowed values, for use in a Validate.
func OneOf(path, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s: %q is none of %s", path, value, strings.Join(allowed, ", "))
}

// prefixed puts a section's path before each of its errors.
func prefixed(prefix string, err error) error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%s%w", prefix, err)
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, prefixed(prefix, e))
	}
	return errors.Join(out...)
}
