package credentials

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// minSecretBytes is the length of the shortest secret that is looked for. Shorter ones would be found in ordinary words.
const minSecretBytes = 6

// Redactor removes live secrets from what the gateway emits, in every form in which vendors echo them: as they are, in
// base64, encoded for URLs, JSON, HTML or as hex, and as the tail behind a mask. Secrets of less than six bytes are not
// looked for. It outlives reloads and may be used concurrently; a nil Redactor changes nothing.
type Redactor struct {
	mu      sync.Mutex // guards changes
	count   map[string]int
	retired []string               // removed last: exchanges that began before may still tell of them
	live    atomic.Pointer[search] // nil while there are no secrets
}

// search finds every form of every secret.
type search struct {
	*sieve
	*strings.Replacer
}

// maxRetired is how many removed secrets are still looked for.
const maxRetired = 32

// NewRedactor returns a redactor of these secrets.
func NewRedactor(secrets ...string) *Redactor {
	r := &Redactor{count: map[string]int{}}
	r.Add(secrets...)
	return r
}

// Add adds secrets. A secret that is added twice must be removed twice.
func (r *Redactor) Add(secrets ...string) { r.change(1, secrets) }

// Remove retires secrets. They are still looked for until 32 others have been removed after them.
func (r *Redactor) Remove(secrets ...string) { r.change(-1, secrets) }

func (r *Redactor) change(by int, secrets []string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if len(secret) < minSecretBytes {
			continue
		}
		if r.count[secret] += by; r.count[secret] <= 0 {
			delete(r.count, secret)
			r.retired = append(r.retired, secret)
		}
	}
	r.retired = slices.Clone(r.retired[max(0, len(r.retired)-maxRetired):])
	r.live.Store(r.build())
}

// build returns nil if there is nothing to look for. Longer forms come first, because the first match is replaced.
func (r *Redactor) build() *search {
	var all []string
	for _, secret := range r.known() {
		all = append(all, forms(secret)...)
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(all))
	for _, form := range all {
		pairs = append(pairs, form, masked)
	}
	return &search{newSieve(all), strings.NewReplacer(pairs...)}
}

// known returns what is looked for. r.mu must be held.
func (r *Redactor) known() []string {
	return slices.Concat(slices.Collect(maps.Keys(r.count)), r.retired)
}

// String returns s without secrets.
func (r *Redactor) String(s string) string {
	if r == nil {
		return s
	}
	if live := r.live.Load(); live != nil && !passes(live.sieve, s) {
		return live.Replace(s)
	}
	return s
}

// Bytes returns b without secrets; b itself if it contains none.
func (r *Redactor) Bytes(b []byte) []byte {
	if r.IsIdle() || passes(r.live.Load().sieve, b) {
		return b
	}
	before := string(b)
	if after := r.String(before); after != before {
		return []byte(after)
	}
	return b
}

// Header removes secrets from the values of h, in place.
func (r *Redactor) Header(h http.Header) {
	if r.IsIdle() {
		return
	}
	for _, values := range h {
		for i, value := range values {
			if clean := r.String(value); clean != value { // lists without secrets may be shared
				values[i] = clean
			}
		}
	}
}

// Cleaned returns h without secrets: h itself if it contains none, else a copy.
func (r *Redactor) Cleaned(h http.Header) http.Header {
	if r.IsIdle() {
		return h
	}
	for _, values := range h {
		for _, value := range values {
			if r.String(value) != value {
				h = h.Clone()
				r.Header(h)
				return h
			}
		}
	}
	return h
}

// IsIdle is true while no secret is looked for.
func (r *Redactor) IsIdle() bool { return r == nil || r.live.Load() == nil }

// CutString is String for a text that was cut at its end: it also removes the beginning of a secret that stands there.
func (r *Redactor) CutString(s string) string {
	s = r.String(s)
	if r == nil {
		return s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range r.known() {
		for n := min(len(secret)-1, len(s)); n >= minSecretBytes; n-- {
			if strings.HasSuffix(s, secret[:n]) {
				return s[:len(s)-n] + masked
			}
		}
	}
	return s
}
