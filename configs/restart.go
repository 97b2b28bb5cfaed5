package configs

import (
	"reflect"

	"gateway/proxy"
)

// NeedRestart returns the keys of which a running gateway uses what it was started with, and whose values differ here.
func (c *Config) NeedRestart(started *Config) []string {
	var changed []string
	for _, each := range []struct {
		key       string
		was, wish any
	}{
		{"listen", started.Listen, c.Listen},
		{"admin", started.Admin, c.Admin},
		{"quota", started.Quota, c.Quota},
		{"server", started.Server, c.Server},
		{"h2c", started.H2C, c.H2C},
		{"drain", started.Drain, c.Drain},
		{"tls", started.TLS, c.TLS},
		{"metrics", started.Metrics, c.Metrics},
		{"traces", started.Traces, c.Traces},
		{"log", started.Log, c.Log},
		{"limits of connections", ofConnections(started.Limits), ofConnections(c.Limits)},
	} {
		if !reflect.DeepEqual(each.was, each.wish) {
			changed = append(changed, each.key)
		}
	}
	return changed
}

// ofConnections are the limits that hold before a request is read.
func ofConnections(l proxy.LimitsConfig) [3]any {
	return [3]any{l.HeaderTime, l.Connections, l.Streams}
}
