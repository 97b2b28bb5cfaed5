package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// bareCommand makes this program a bare httputil.ReverseProxy: bench bare tuned|default ADDRESS=UPSTREAM.
const bareCommand = "bare"

// serveBare is httputil.ReverseProxy and nothing else, as it comes or with the settings that cost nothing to know.
func serveBare(kind, addresses string) error {
	address, upstream, _ := strings.Cut(addresses, "=")
	proxy := &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0),
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(&url.URL{Scheme: "http", Host: upstream})
			pr.Out.URL.Path = strings.TrimPrefix(pr.Out.URL.Path, "/vendor")
		},
	}
	if kind == "tuned" {
		proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
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
