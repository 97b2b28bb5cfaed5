// Package admin serves the admin listener: metrics, health, reload, the API and the page. None of it is ever on the
// callers' listener.
package admin

import (
	"context"
	"net/http"
	"strings"

	"gateway/draft"
	"gateway/proxy"
	"gateway/ratelimit"
)

// Config is what the handler needs from the process.
type Config struct {
	Metrics   http.Handler
	Status    func() proxy.Status
	Ready     func() error // why callers should not be sent here; nil: they may
	Reload    func(context.Context) error
	Limiter   func(upstream string) *ratelimit.Limiter // nil if there is no such upstream
	Consumers func() []string                          // that the configuration knows
	Ring      *Ring
	Profiles  func() []Profile            // those that an upstream uses or could use
	Shadows   func() map[string]string    // upstream to the profile that its own is compared with
	Explain   func(Question) (any, error) // for the playground; the error is a sentence for its user
	// Draft drafts what would map an upstream's answers. Its error is a sentence for the page's user.
	Draft   func(upstream string, recorded []draft.Recorded) (Draft, error)
	Address string // of the admin listener
	Version string
}

// New returns the handler of the admin listener.
func New(cfg Config) http.Handler {
	mux := http.NewServeMux()
	for _, r := range cfg.routes() {
		mux.Handle(r.method+" "+r.path, r.handler)
		mux.HandleFunc(r.path, r.refuseMethod)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusNotFound, "there is no such page; try /, /metrics, /healthz, /readyz or /api/v1/status")
	})
	// A page on another site must not be able to post here: loopback has no other lock.
	return guard(cfg.Address, http.NewCrossOriginProtection().Handler(mux))
}

// route is one thing that the listener serves; GET includes HEAD.
type route struct {
	method, path string
	handler      http.Handler
}

func (c Config) routes() []route {
	return append(c.throttleRoutes(), []route{
		{http.MethodGet, "/metrics", c.Metrics},
		{http.MethodGet, "/healthz", http.HandlerFunc(healthz)},
		{http.MethodGet, "/readyz", http.HandlerFunc(c.readyz)},
		{http.MethodPost, "/-/reload", http.HandlerFunc(c.reload)},
		{http.MethodGet, "/api/v1/status", asJSON(c.status)},
		{http.MethodGet, "/api/v1/events", &events{config: c}},
		{http.MethodGet, "/api/v1/failures", asJSON(c.failures)},
		{http.MethodGet, "/api/v1/failures/{id}", asJSON(c.failure)},
		{http.MethodGet, "/api/v1/failures/{id}/draft", asJSON(c.draft)},
		{http.MethodGet, "/api/v1/occurrences", asJSON(c.occurrences)},
		{http.MethodGet, "/api/v1/profiles", asJSON(c.profiles)},
		{http.MethodGet, "/api/v1/profiles/{name}", asJSON(c.profile)},
		{http.MethodPost, "/api/v1/explain", asJSON(c.explain)},
		{http.MethodGet, "/page/{file}", http.HandlerFunc(serveFile)},
		{http.MethodGet, "/{$}", http.HandlerFunc(servePage)},
	}...)
}

// refuseMethod answers every other method (RFC 9110, section 15.5.6).
func (r route) refuseMethod(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Allow", r.method)
	refuse(w, req, http.StatusMethodNotAllowed, "use "+r.method)
}

// refuse answers in the form that the path's clients expect.
func refuse(w http.ResponseWriter, r *http.Request, code int, sentence string) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeError(w, &apiError{code, sentence})
		return
	}
	writeText(w, code, sentence+"\n")
}

func healthz(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "alive\n") }

func (c Config) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := c.Ready(); err != nil {
		writeText(w, http.StatusServiceUnavailable, err.Error()+"\n")
		return
	}
	writeText(w, http.StatusOK, "ready\n")
}

func (c Config) reload(w http.ResponseWriter, r *http.Request) {
	if err := c.Ready(); err != nil {
		writeText(w, http.StatusServiceUnavailable, "nothing was changed: this gateway is "+err.Error()+"\n")
		return
	}
	if err := c.Reload(r.Context()); err != nil {
		writeText(w, http.StatusBadRequest, "nothing was changed:\n"+err.Error()+"\n")
		return
	}
	writeText(w, http.StatusOK, "reloaded\n")
}

func writeText(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text)) // the reader may be gone
}
