package main

import "strings"

// cell is one kind of request. Its path is below the upstream's root.
type cell struct {
	name, path string
	headers    []string // of the request
	script     string   // of wrk
	fails      bool     // the answer is an error
	secure     bool     // the upstream is reached over TLS
}

// realistic are the headers of a client library.
var realistic = []string{
	"User-Agent: product-sync/4.2 (+https://shop.example; php/8.3) guzzle/7",
	"Accept: application/json",
	"Accept-Language: en-GB,en;q=0.8",
	"Authorization: Bearer eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("c2lnbmVk", 48),
	"X-Consumer: checkout",
	"X-Correlation-Id: 7d3b0f0e-3f6d-4b1e-9a68-0d9c2b9d6a51",
	"Cache-Control: no-cache",
	"Content-Type: application/json",
	"X-Tenant: acme-europe",
	"If-None-Match: \"5f2b8c1d9e\"",
}

// postScript sends 1 KiB with every request.
const postScript = `wrk.method = "POST"; wrk.body = string.rep("x", 1024); wrk.headers["Content-Type"] = "application/json"`

var cells = []cell{
	{name: "1 KiB", path: "/few"},
	{name: "1 KiB, real headers", path: "/real", headers: realistic},
	{name: "POST 1 KiB", path: "/post", script: postScript},
	{name: "64 KiB", path: "/64k"},
	{name: "1 MiB", path: "/1m"},
	{name: "TLS, real headers", path: "/real", headers: realistic, secure: true},
	{name: "TLS, 64 KiB", path: "/64k", secure: true},
	{name: "422", path: "/422", fails: true},
}

// target is the path that a proxy is asked for.
func (c cell) target() string {
	if c.secure {
		return "/secure" + c.path
	}
	return "/vendor" + c.path
}
