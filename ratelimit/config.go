package ratelimit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Config is the throttle section of an upstream and of a profile.
type Config struct {
	Mode        string         `yaml:"mode"`        // enforce (default), observe or off
	Limits      []Limit        `yaml:"limits"`      // all of them apply; none: the profile's
	Concurrency int            `yaml:"concurrency"` // requests under way at once, until their body is done; 0: unlimited
	MaxWait     *time.Duration `yaml:"max_wait"`    // longest time a request is held; 0 refuses at once; default 10s
	Key         []string       `yaml:"key"`         // what has a quota of its own: upstream, credential, header:NAME
	Routes      []Route        `yaml:"routes"`      // requests with limits of their own or another cost
	OnFailure   string         `yaml:"on_failure"`  // while a shared store does not answer: local (default), open or closed
}

// Limit allows Requests in any interval of length Per.
//
// What is left is spread over the time it must last, except for the burst that goes out at once after idleness:
//
//   - a tenth of the requests of a window below a minute, at least 2: 10 at 100/s;
//   - a fifth of longer ones: 1000 at 5000/h, 700 at 3500/min;
//   - all of them where the limit is below one a second, as spreading would make each wait longer than callers do: 20
//     at 20/5min.
type Limit struct {
	Requests int           `yaml:"requests"`
	Per      time.Duration `yaml:"per"`
}

// burst returns how many requests may be sent at once after idleness.
func (l Limit) burst() int {
	switch {
	case float64(l.Requests) < l.Per.Seconds():
		return l.Requests
	case l.Per < time.Minute:
		return min(l.Requests, max(2, l.Requests/10))
	}
	return min(l.Requests, max(2, l.Requests/5))
}

// Modes of throttling.
const (
	ModeEnforce = "enforce"
	ModeObserve = "observe" // counts what would be held or refused, holds nothing
	ModeOff     = "off"
)

// defaultMaxWait is how long a request is held at most if nothing else is configured.
const defaultMaxWait = 10 * time.Second

// Or returns c with its open settings filled in from the profile's section, then from the defaults.
func (c Config) Or(profile Config) Config {
	if len(c.Limits) == 0 {
		c.Limits = profile.Limits
	}
	if c.Concurrency == 0 {
		c.Concurrency = profile.Concurrency
	}
	if len(c.Key) == 0 {
		c.Key = profile.Key
	}
	if len(c.Key) == 0 {
		c.Key = []string{"upstream"}
	}
	if len(c.Routes) == 0 {
		c.Routes = profile.Routes
	}
	if c.MaxWait == nil {
		c.MaxWait = profile.MaxWait
	}
	if c.MaxWait == nil {
		wait := defaultMaxWait
		c.MaxWait = &wait
	}
	if c.Mode == "" {
		c.Mode = ModeEnforce
	}
	if c.OnFailure == "" {
		c.OnFailure = OnFailureLocal
	}
	return c
}

// Validate checks the section.
func (c Config) Validate() error {
	errs := validateLimits(c.Limits)
	if !slices.Contains([]string{"", ModeEnforce, ModeObserve, ModeOff}, c.Mode) {
		errs = append(errs, fmt.Errorf("mode: %q is none of enforce, observe, off", c.Mode))
	}
	if !slices.Contains([]string{"", OnFailureLocal, OnFailureOpen, OnFailureClosed}, c.OnFailure) {
		errs = append(errs, fmt.Errorf("on_failure: %q is none of local, open, closed", c.OnFailure))
	}
	if c.Concurrency < 0 {
		errs = append(errs, errors.New("concurrency: must be >= 0; 0 is unlimited"))
	}
	if c.MaxWait != nil && *c.MaxWait < 0 {
		errs = append(errs, errors.New("max_wait: must be >= 0; 0 refuses at once"))
	}
	for i, key := range c.Key {
		header, isHeader := strings.CutPrefix(key, "header:")
		if key != "upstream" && key != "credential" && (!isHeader || header == "") {
			errs = append(errs, fmt.Errorf("key[%d]: %q is none of upstream, credential, header:NAME", i, key))
		}
	}
	return errors.Join(append(errs, validateRoutes(c.Routes)...)...)
}

func validateLimits(limits []Limit) (errs []error) {
	for i, l := range limits {
		if l.Requests <= 0 {
			errs = append(errs, fmt.Errorf("limits[%d].requests: must be > 0", i))
		}
		if l.Per <= 0 {
			errs = append(errs, fmt.Errorf("limits[%d].per: must be > 0", i))
		}
		if slices.ContainsFunc(limits[:i], func(other Limit) bool { return other.Per == l.Per }) {
			errs = append(errs, fmt.Errorf("limits[%d].per: another limit is per %s too; keep the lower one", i, spanText(l.Per)))
		}
	}
	return errs
}
