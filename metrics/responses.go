package metrics

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"gateway/problem"
)

// response is what is counted of an answer to a caller. There are few, because all its parts have few values.
type response struct {
	consumer, method string
	code             int
	typ              problem.Type // "" for a success
	origin           problem.Origin
	fault            problem.Fault
}

func responseOf(consumer, method string, code int, p *problem.Problem) response {
	r := response{consumer: consumer, method: method, code: code}
	if p != nil {
		r.typ, r.origin, r.fault = p.Code, p.Origin, p.Fault
	}
	return r
}

// responses finds the series of what callers got from one upstream in a map, which costs a fraction of a look-up by labels.
// It may be used concurrently.
type responses struct {
	vec      *prometheus.CounterVec
	upstream string

	mu    sync.RWMutex
	known map[response]prometheus.Counter
}

// of returns the series of r, which begins at 0 where there was none.
func (s *responses) of(r response) prometheus.Counter {
	s.mu.RLock()
	c, ok := s.known[r]
	s.mu.RUnlock()
	if ok {
		return c
	}
	c = s.vec.WithLabelValues(s.upstream, r.consumer, r.method, strconv.Itoa(r.code), string(r.origin), string(r.typ), string(r.fault))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[r] = c
	return c
}
