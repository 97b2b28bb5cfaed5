package main

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// bareCommand makes this program a bare httputil.ReverseProxy: bench bare tuned|default ADDRESS=UPSTREAM=SECURE.
const bareCommand = "bare"

// serveBare is httputil.ReverseProxy and nothing else, as it comes or with the settings that cost nothing to know.
func serveBare(kind, addresses string) error {
	address, upstreams, _ := strings.Cut(addresses, "=")
	upstream, secure, _ := strings.Cut(upstreams, "=")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the upstream is ours, on loopback
	proxy := &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0), Transport: transport,
		Rewrite: func(pr *httputil.ProxyRequest) {
			target := &url.URL{Scheme: "http", Host: upstream}
			if strings.HasPrefix(pr.In.URL.Path, "/secure/") {
				target = &url.URL{Scheme: "https", Host: secure}
			}
			pr.SetURL(target)
			pr.Out.URL.Path = strings.TrimPrefix(strings.TrimPrefix(pr.Out.URL.Path, "/vendor"), "/secure")
		},
	}
	if kind == "tuned" {
		transport.MaxIdleConns, transport.MaxIdleConnsPerHost, transport.DisableCompression = 0, 256, true
		proxy.BufferPool = &buffers{sync.Pool{New: func() any { return new([32 << 10]byte) }}}
	}
	return http.ListenAndServe(address, proxy) //nolint:gosec // it lives for seconds, on loopback
}

// buffers is a pool of copying buffers.
type buffers struct{ pool sync.Pool }

// Get implements httputil.BufferPool.
func (b *buffers) Get() []byte { return b.pool.Get().(*[32 << 10]byte)[:] }

// Put implements httputil.BufferPool.
func (b *buffers) Put(p []byte) { b.pool.Put((*[32 << 10]byte)(p)) }
