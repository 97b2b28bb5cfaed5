package configs

import (
	"errors"
	"time"
)

// Keep is the admin.keep section: how much of what failed is kept for the page, in memory only.
type Keep struct {
	Failures int           `yaml:"failures,positive"`  // occurrences; default 5000
	MaxBytes int64         `yaml:"max_bytes,positive"` // of problems and answers together; default 32 MiB
	For      time.Duration `yaml:"for,positive"`       // how long; default 24h
	Bodies   *bool         `yaml:"bodies"`             // whether vendors' answers are kept with their bodies; default true
}

func (k *Keep) setDefaults() {
	if k.Failures == 0 {
		k.Failures = 5000
	}
	if k.MaxBytes == 0 {
		k.MaxBytes = 32 << 20
	}
	if k.For == 0 {
		k.For = 24 * time.Hour
	}
	if k.Bodies == nil {
		yes := true
		k.Bodies = &yes
	}
}

func (k Keep) validate() error {
	var errs []error
	if k.Failures < 0 {
		errs = append(errs, errors.New("keep.failures: must be > 0"))
	}
	if k.MaxBytes < 0 {
		errs = append(errs, errors.New("keep.max_bytes: must be > 0 bytes"))
	}
	if k.For < 0 {
		errs = append(errs, errors.New("keep.for: must be > 0"))
	}
	return errors.Join(errs...)
}
