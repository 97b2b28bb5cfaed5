package main

import (
	"go.uber.org/zap"

	"gateway/configs"
	"gateway/traces"
)

// newTraces returns nil if no traces are written.
func newTraces(cfg configs.Traces, log *zap.Logger) *traces.Exporter {
	if cfg.OTLP == "" {
		return nil
	}
	headers := map[string]string{}
	for name, value := range cfg.Headers {
		headers[name] = value.Reveal()
	}
	return traces.New(traces.Config{URL: cfg.OTLP, Headers: headers, Version: version}, log)
}
