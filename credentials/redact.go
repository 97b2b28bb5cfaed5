package credentials

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// minSecretBytes is the shortest secret that is looked for: shorter ones would be found in ordinary words.
const minSecretBytes = 6

// Redactor takes live secrets out of what the gateway emits, in every form in which vendors echo them: as they are,
// in base64, coded for URLs, JSON, HTML or as hex, and as the tail behind a mask. Secrets of less than six bytes are not
// looked for. It outlives reloads and may be used concurrently; a nil Redactor changes nothing.
type Redactor struct {
	mu    sync.Mutex // guards changes
	count map[string]int
	live  atomic.Pointer[strings.Replacer] // nil while there are no secrets
}

// NewRedactor returns one that knows the secrets.
func NewRedactor(secrets ...string) *Redactor {
	r := &Redactor{count: map[string]int{}}
	r.Add(secrets...)
	return r
}

// Add makes secrets known. What is added twice must be removed twice.
func (r *Redactor) Add(secrets ...string) { r.change(1, secrets) }

// Remove forgets secrets.
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
		}
	}
	r.live.Store(r.build())
}

// build returns nil where nothing is looked for. Longer forms come first, as the first that fits is replaced.
func (r *Redactor) build() *strings.Replacer {
	var all []string
	for secret := range r.count {
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
	return strings.NewReplacer(pairs...)
}

// String returns s without secrets.
func (r *Redactor) String(s string) string {
	if r == nil {
		return s
	}
	if live := r.live.Load(); live != nil {
		return live.Replace(s)
	}
	return s
}

// Bytes returns b without secrets; b itself if there are none in it.
func (r *Redactor) Bytes(b []byte) []byte {
	before := string(b)
	if after := r.String(before); after != before {
		return []byte(after)
	}
	return b
}

// Header takes secrets out of the values of h, in place.
func (r *Redactor) Header(h http.Header) {
	for _, values := range h {
		for i, value := range values {
			values[i] = r.String(value)
		}
	}
}
