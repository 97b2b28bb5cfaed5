package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"

	"github.com/coreos/go-systemd/v22/activation"
	"go.uber.org/zap"
)

// socketsVariable passes a successor the configured addresses, as a JSON list, for which it inherits sockets: the
// descriptors from firstSocket on. It reports through the descriptor readyPipe that it serves.
const (
	socketsVariable = "GATEWAY_SOCKETS"
	readyPipe       = 3
	firstSocket     = 4
)

// sockets are listeners that another process opened for this one: its predecessor at a hand-over, or systemd
// (sd_listen_fds(3)). A configured address among them is not opened again. A nil *sockets has none.
type sockets struct {
	open          []listener // in the order they were given, as port 0 may be configured more than once
	ofPredecessor bool       // who waits until this process serves
}

// inheritSockets takes over the sockets that this process was started with.
func inheritSockets() (*sockets, error) {
	list := os.Getenv(socketsVariable)
	if list == "" {
		return socketsOfSystemd()
	}
	return socketsOfPredecessor(list)
}

func socketsOfPredecessor(list string) (*sockets, error) {
	var addresses []string
	if err := json.Unmarshal([]byte(list), &addresses); err != nil {
		return nil, fmt.Errorf("%s is set by a hand-over alone: unset it (%w)", socketsVariable, err)
	}
	s := &sockets{ofPredecessor: true}
	for i, address := range addresses {
		l, err := listenerOf(os.NewFile(uintptr(firstSocket+i), address))
		if err != nil {
			return nil, fmt.Errorf("taking over the socket of %s: %w", address, err)
		}
		s.open = append(s.open, listener{l, address})
	}
	return s, nil
}

func socketsOfSystemd() (*sockets, error) {
	s := &sockets{}
	for _, file := range activation.Files(true) {
		l, err := listenerOf(file)
		if err != nil {
			return nil, fmt.Errorf("socket %s of systemd: %w; its unit needs ListenStream", file.Name(), err)
		}
		s.open = append(s.open, listener{l, plainAddress(l.Addr())})
	}
	return s, nil
}

func listenerOf(file *os.File) (net.Listener, error) {
	defer file.Close() // the listener has a descriptor of its own
	return net.FileListener(file)
}

// take returns the socket of a configured address and gives it away; nil if there is none.
func (s *sockets) take(ctx context.Context, address string) net.Listener {
	if s == nil {
		return nil
	}
	for _, name := range []string{address, resolved(ctx, address)} {
		if i := slices.IndexFunc(s.open, func(l listener) bool { return l.address == name }); i >= 0 {
			l := s.open[i].Listener
			s.open = slices.Delete(s.open, i, i+1)
			return l
		}
	}
	return nil
}

// closeRest closes the sockets that no configured address asked for.
func (s *sockets) closeRest(log *zap.Logger) error {
	if s == nil {
		return nil
	}
	var errs []error
	for _, l := range s.open {
		log.Warn("a socket was handed over that is not configured; it is closed", zap.String("address", l.address))
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// plainAddress writes an address so that all spellings of "every address" become one.
func plainAddress(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return "unix:" + addr.String()
	}
	if tcp.IP.IsUnspecified() {
		return ":" + strconv.Itoa(tcp.Port)
	}
	return tcp.String()
}

// resolved is the plain address of a configured one; itself where it cannot be resolved.
func resolved(ctx context.Context, address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	addrs, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if host == "" || err != nil || len(addrs) == 0 {
		return address
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return address
	}
	return plainAddress(&net.TCPAddr{IP: addrs[0].IP, Port: number, Zone: addrs[0].Zone})
}
