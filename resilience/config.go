package resilience

import "time"

// RetryConfig is the retry section of an upstream.
type RetryConfig struct {
	Attempts  int      `yaml:"attempts"`   // tries in all; 1 switches retries off; default 3
	Budget    *float64 `yaml:"budget"`     // retries as a share of requests; default 0.2
	BudgetMin *float64 `yaml:"budget_min"` // retries a second that are always allowed; default 10
}

// BreakerConfig is the breaker section of an upstream.
type BreakerConfig struct {
	Enabled      *bool         `yaml:"enabled"`       // default true
	FailureRatio float64       `yaml:"failure_ratio"` // of the requests in the window; default 0.5
	MinRequests  int           `yaml:"min_requests"`  // below it the breaker stays closed; default 20
	OpenFor      time.Duration `yaml:"open_for"`      // until one probe is let through; default 10s
}
