// Package proxy carries exchanges between callers and upstreams: httputil.ReverseProxy over a list of stages, one
// record per exchange, and one place where problems are written.
package proxy

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"

	"gateway/credentials"
	"gateway/normalize"
	"gateway/ratelimit"
)

// Handler answers callers according to one configuration. It is immutable.
type Handler struct {
	problems  ProblemsConfig
	traces    TracesConfig
	consumers consumers
	limits    LimitsConfig
	languages languages
	upstreams map[string]*upstream // by name, which is the path prefix
	hosts     map[string]*upstream // by Host, in lower case
	names     []string
	via       []string // what Via says of this process; shared by all requests
	shared    *Shared
	observers []Observer
}

var _ http.Handler = (*Handler)(nil)

// upstream is one destination with everything that an exchange with it needs.
type upstream struct {
	Upstream
	url     *url.URL
	base    string // escaped path of url, without a slash at its end
	prefix  string // of callers' paths: /NAME
	proxy   *httputil.ReverseProxy
	lasting *lasting
	shadow  *Shadow

	credentials *credentials.Set
}

// New builds a handler. It reuses what is in shared and has the same settings; that outlives the handler. Each observer is
// called with every exchange when it has ended.
func New(s Settings, shared *Shared, observers ...Observer) (*Handler, error) {
	s.Limits.SetDefaults()
	h := &Handler{
		problems: s.Problems, traces: s.Traces, consumers: newConsumers(s.Consumers), limits: s.Limits,
		languages: newLanguages(s.Languages), shared: shared, observers: observers, via: []string{"1.1 " + shared.pseudonym},
		upstreams: map[string]*upstream{}, hosts: map[string]*upstream{},
	}
	var plans []plan
	for _, cfg := range s.Upstreams {
		u, p, err := h.newUpstream(cfg)
		if err != nil {
			return nil, fmt.Errorf("upstreams.%s: %w", cfg.Name, err)
		}
		plans = append(plans, p)
		h.upstreams[cfg.Name] = u
		h.names = append(h.names, cfg.Name)
		for _, host := range cfg.Hosts {
			h.hosts[strings.ToLower(host)] = u
		}
	}
	slices.Sort(h.names)
	shared.adopt(plans, s.Secrets)
	shared.budget.Resize(s.Limits.HeldBytes)
	return h, nil
}

func (h *Handler) newUpstream(cfg Upstream) (*upstream, plan, error) {
	target, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, plan{}, err
	}
	if cfg.Reader == nil {
		if cfg.Reader, err = normalize.NewReader(nil); err != nil {
			return nil, plan{}, err
		}
	}
	cfg.Throttle = cfg.Throttle.Or(ratelimit.Config{})
	plan, err := h.shared.plan(cfg, ratelimit.Settings{
		Config: cfg.Throttle, Weights: h.consumers.weights, Name: cfg.Name, Store: h.shared.store,
	})
	if err != nil {
		return nil, plan, err
	}
	u := &upstream{
		Upstream: cfg, url: target, base: strings.TrimSuffix(target.EscapedPath(), "/"), prefix: "/" + cfg.Name,
		lasting: plan.lasting, credentials: plan.credentials,
	}
	if cfg.Shadow != nil {
		u.shadow = &Shadow{cfg.Reader, cfg.Shadow, cfg.ErrorsInSuccess}
	}
	u.proxy = &httputil.ReverseProxy{
		Rewrite:        u.rewrite,
		Transport:      h.stages(u, plan.pool),
		ModifyResponse: h.modifyResponse,
		ErrorHandler:   h.handleError,
		BufferPool:     copyBuffers,
		ErrorLog:       discardLog, // every error has its place in the record of the exchange
	}
	return u, plan, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := h.open(w, r)
	defer x.close()
	r = x.request(r)
	u, refusal := h.admit(x, r)
	if refusal != nil {
		h.refuse(x, r, refusal)
		return
	}
	if u == nil {
		h.servePage(x, r)
		return
	}
	x.forward(u, r)
}

// admit decides which upstream a request is for. It returns nil and no refusal for the gateway's own pages.
func (h *Handler) admit(x *exchange, r *http.Request) (*upstream, *problemError) {
	if refusal := h.checkRequest(x, r); refusal != nil {
		return nil, refusal
	}
	u, refusal := h.route(x, r)
	if u == nil && refusal == nil {
		return nil, h.limits.check(r) // a page: it says nothing that is secret
	}
	if stranger := h.consumers.refuse(x.header); stranger != nil {
		return nil, stranger
	}
	if u == nil {
		return nil, refusal
	}
	x.enter(u) // so that a refusal, too, is counted as this upstream's
	return u, h.limits.check(r)
}
