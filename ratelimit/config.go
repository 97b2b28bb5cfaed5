package ratelimit

import "time"

// Config is the throttle section of an upstream and of a profile.
type Config struct {
	Mode        string         `yaml:"mode"`        // enforce (default), observe or off
	Limits      []Limit        `yaml:"limits"`      // all of them hold; none: the profile's
	Concurrency int            `yaml:"concurrency"` // requests under way at once, until their body is done; 0: unlimited
	MaxWait     *time.Duration `yaml:"max_wait"`    // longest time a request is held; 0 refuses at once; default 10s
	Key         []string       `yaml:"key"`         // what has a quota of its own: upstream, credential, header:NAME
}

// Limit allows Requests in any interval of length Per.
type Limit struct {
	Requests int           `yaml:"requests"`
	Per      time.Duration `yaml:"per"`
}
