package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// Bounds on what a caller may do to a connection.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
	maxStreams        = 250 // of one HTTP/2 connection
)

// listenAll opens every address or none.
func listenAll(ctx context.Context, addresses []string) ([]net.Listener, error) {
	var (
		listeners []net.Listener
		errs      []error
	)
	for _, address := range addresses {
		l, err := listen(ctx, address)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		listeners = append(listeners, l)
	}
	if len(errs) > 0 {
		closeAll(listeners)
		return nil, errors.Join(errs...)
	}
	return listeners, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// listen opens HOST:PORT or unix:/path and says in a sentence why it cannot.
func listen(ctx context.Context, address string) (net.Listener, error) {
	network, name := "tcp", address
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, name = "unix", path
		removeStale(ctx, path)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, network, name)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use: stop the process that listens there, or configure another address", address)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("no right to listen on %s: choose a port above 1023, or grant CAP_NET_BIND_SERVICE", address)
	default:
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
}

// removeStale deletes the socket of a process that is gone; one that answers is left alone and reported as in use.
func removeStale(ctx context.Context, path string) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		conn.Close()
		return
	}
	if info, statErr := os.Stat(path); statErr == nil && info.Mode()&os.ModeSocket != 0 && errors.Is(err, syscall.ECONNREFUSED) {
		os.Remove(path)
	}
}

// newServer returns the server of a listener; every bound on slow and greedy callers is set here.
func newServer(handler http.Handler, config *tls.Config, log *zap.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(config != nil)
	return &http.Server{
		Handler:           handler,
		TLSConfig:         config,
		Protocols:         protocols,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ErrorLog:          serverLog(log),
		// OPTIONS * would be answered past routing, metrics and the log.
		DisableGeneralOptionsHandler: true,
	}
}
