package metrics

import (
	"net/http"
	"sync/atomic"

	"gateway/proxy"
)

// other stands for every name that the configuration does not know, so that no caller makes series.
const other = "_other"

// bounds are the names that may be labels.
type bounds struct{ names atomic.Pointer[names] }

type names struct{ upstreams, consumers map[string]bool }

func (b *bounds) set(s *proxy.Settings) {
	n := &names{upstreams: map[string]bool{}, consumers: map[string]bool{}}
	for _, u := range s.Upstreams {
		n.upstreams[u.Name] = true
	}
	for consumer := range s.Consumers.Weights {
		n.consumers[consumer] = true
	}
	for consumer := range s.Consumers.Keys {
		n.consumers[consumer] = true
	}
	b.names.Store(n)
}

func (b *bounds) upstream(name string) string {
	if n := b.names.Load(); n != nil && n.upstreams[name] {
		return name
	}
	return other
}

func (b *bounds) consumer(name string) string {
	if n := b.names.Load(); n != nil && n.consumers[name] {
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
