package resilience

import (
	"errors"
	"time"
)

// RetryConfig is the retry section of an upstream.
type RetryConfig struct {
	Attempts  int      `yaml:"attempts,positive"` // tries in all; 1 switches retries off; default 3
	Budget    *float64 `yaml:"budget"`            // retries as a share of requests; default 0.2
	BudgetMin *float64 `yaml:"budget_min"`        // retries a second that are always allowed; default 10
}

// BreakerConfig is the breaker section of an upstream.
type BreakerConfig struct {
	Enabled      *bool         `yaml:"enabled"`                // default true
	FailureRatio float64       `yaml:"failure_ratio,positive"` // of the requests in the window; default 0.5
	MinRequests  int           `yaml:"min_requests,positive"`  // below it the breaker stays closed; default 20
	OpenFor      time.Duration `yaml:"open_for,positive"`      // until one probe is let through; default 10s
}

// Validate checks the section.
func (c RetryConfig) Validate() error {
	var errs []error
	if c.Attempts < 0 || c.Attempts > 10 {
		errs = append(errs, errors.New("attempts: must be from 1, which switches retries off, to 10"))
	}
	if c.Budget != nil && (*c.Budget < 0 || *c.Budget > 1) {
		errs = append(errs, errors.New("budget: is a share of the requests, from 0 to 1"))
	}
	if c.BudgetMin != nil && *c.BudgetMin < 0 {
		errs = append(errs, errors.New("budget_min: must be >= 0 retries a second"))
	}
	return errors.Join(errs...)
}

// Validate checks the section.
func (c BreakerConfig) Validate() error {
	var errs []error
	if c.FailureRatio < 0 || c.FailureRatio > 1 {
		errs = append(errs, errors.New("failure_ratio: must be above 0 and at most 1"))
	}
	if c.MinRequests < 0 {
		errs = append(errs, errors.New("min_requests: must be > 0"))
	}
	if c.OpenFor < 0 {
		errs = append(errs, errors.New("open_for: must be > 0"))
	}
	return errors.Join(errs...)
}
