package configs

import (
	"errors"
	"fmt"
	"net/url"

	"golang.org/x/net/http/httpguts"

	"gateway/credentials"
)

// Traces is the traces section: where spans are sent. Without OTLP no spans are made, and callers' trace headers are passed
// on unchanged.
type Traces struct {
	OTLP    string                        `yaml:"otlp"`    // URL of a collector's OTLP/HTTP endpoint, as in http://collector:4318/v1/traces
	Sample  *float64                      `yaml:"sample"`  // share of exchanges to trace if the caller sends no trace; default 0.1
	Headers map[string]credentials.Secret `yaml:"headers"` // headers of the requests to it
}

func (t *Traces) setDefaults() {
	if t.Sample == nil {
		share := 0.1
		t.Sample = &share
	}
}

func (t Traces) validate() error {
	var errs []error
	if u, err := url.Parse(t.OTLP); t.OTLP != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil) {
		errs = append(errs, errors.New("otlp: has to be a URL without a password, as in http://collector:4318/v1/traces"))
	}
	if t.Sample != nil && (*t.Sample < 0 || *t.Sample > 1) {
		errs = append(errs, errors.New("sample: is a share of the exchanges, from 0 to 1"))
	}
	for name, value := range t.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value.Reveal()) {
			errs = append(errs, fmt.Errorf("headers.%s: is no valid header", name))
		}
	}
	return errors.Join(errs...)
}
