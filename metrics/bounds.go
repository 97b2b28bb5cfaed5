package metrics

import (
	"net/http"

	"gateway/proxy"
)

// other stands for every name that is not configured, so that callers cannot create series.
const other = "_other"

// bounds are the label values that the configuration allows, with the series of each upstream. They never change: a reload
// makes new ones.
type bounds struct {
	consumers map[string]bool
	upstreams map[string]*series
	other     *series // of exchanges for no upstream that is configured
}

// newBounds finds the series of everything that s configures.
func (m *Metrics) newBounds(s *proxy.Settings) *bounds {
	b := &bounds{consumers: map[string]bool{}, upstreams: map[string]*series{}}
	for _, consumer := range s.Consumers.Names() {
		b.consumers[consumer] = true
	}
	b.other = m.newSeries(other, nil)
	for _, u := range s.Upstreams {
		b.upstreams[u.Name] = m.newSeries(u.Name, u.Reader.RuleNames())
		b.upstreams[u.Name].begin(b.consumers)
	}
	return b
}

func (b *bounds) of(upstream string) *series {
	if s, ok := b.upstreams[upstream]; ok {
		return s
	}
	return b.other
}

func (b *bounds) consumer(name string) string {
	if b.consumers[name] {
		return name
	}
	return other
}

// method keeps the methods that APIs use.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return other
}
