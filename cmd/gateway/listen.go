package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// listener is a socket with its configured address.
type listener struct {
	net.Listener
	address string
}

// listenAll opens every address that is not inherited. It opens all of them or none.
func listenAll(ctx context.Context, addresses []string, inherited *sockets) ([]listener, error) {
	var (
		listeners []listener
		errs      []error
	)
	for _, address := range addresses {
		l := inherited.take(ctx, address)
		if l == nil {
			var err error
			if l, err = listen(ctx, address); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		listeners = append(listeners, listener{l, address})
	}
	if len(errs) > 0 {
		closeAll(listeners)
		return nil, errors.Join(errs...)
	}
	return listeners, nil
}

func closeAll(listeners []listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// listen opens HOST:PORT or unix:/path. Its error is a sentence that says why it cannot.
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
		return nil, fmt.Errorf("%s is in use: stop the process that listens there, remove what is no socket, or configure another address", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s is no address of this machine: configure one that \"ip address\" lists, or none before the colon for all", address)
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("no folder for %s: make it, or configure another path", address)
	case errors.Is(err, os.ErrPermission) && network == "unix":
		return nil, fmt.Errorf("no right to make %s: let the gateway's user write to its folder, or configure another path", address)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("no right to listen on %s: choose a port above 1023, or grant CAP_NET_BIND_SERVICE", address)
	default:
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
}

// removeStale deletes the socket file of a process that is gone. A socket that answers stays, and is reported as in use.
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
