package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/zap"

	"gateway/proxy"
)

// TestConnectionsAcceptedBeforeTheEndAreAnswered: a caller without keep-alive has been let in, and sends its request only
// when the listener is closed.
func TestConnectionsAcceptedBeforeTheEndAreAnswered(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "late") })
	s := newServer(t.Context(), l, handler, nil, false, proxy.LimitsConfig{Connections: 10, HeaderTime: patience}, zap.NewNop())
	ran, ended := make(chan error, 1), make(chan error, 1)
	go func() { ran <- s.run() }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if !eventually(t, func() bool { return s.open.Load() == 1 }) {
		t.Fatal("the connection is not accepted")
	}
	go func() { ended <- s.end(context.Background()) }()
	if err := receive(t, ran, "the end of the listener"); err != nil {
		t.Error(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the request was dropped: %v", err)
	}
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "late" {
		t.Errorf("%q, %v", body, err)
	}
	resp.Body.Close()
	if err := receive(t, ended, "the end of the server"); err != nil {
		t.Error(err)
	}
}
