package vendortest

import (
	"context"
	"net"
	"sync/atomic"
)

// Raw is a vendor by hand, for answers that net/http would not write. Close it when it is not asked any more.
type Raw struct {
	URL         string
	Connections atomic.Int64 // accepted so far

	listener net.Listener
	stop     context.CancelFunc
	done     chan struct{} // closed when nothing is accepted any more
}

// ServeRaw listens on a free port of the loopback. serve gets every connection, in a goroutine of its own; the connection is
// closed when serve returns, and when the vendor is closed.
func ServeRaw(serve func(net.Conn)) (*Raw, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &Raw{URL: "http://" + l.Addr().String(), listener: l, stop: stop, done: make(chan struct{})}
	go r.accept(ctx, serve)
	return r, nil
}

func (r *Raw) accept(ctx context.Context, serve func(net.Conn)) {
	defer close(r.done)
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.Connections.Add(1)
		go func() {
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			defer conn.Close()
			serve(conn)
		}()
	}
}

// Close ends the listener and every connection.
func (r *Raw) Close() {
	r.listener.Close()
	r.stop()
	<-r.done
}
