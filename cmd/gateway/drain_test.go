package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/zap"

	"gateway/proxy"
	"gateway/servertest"
)

// TestConnectionsAcceptedBeforeTheEndAreAnswered: a caller without keep-alive has been let in, and sends its request only
// when the listener is closed, be it one that the lane serves or hands over.
func TestConnectionsAcceptedBeforeTheEndAreAnswered(t *testing.T) {
	for _, fast := range []bool{true, false} {
		for _, request := range []string{
			"GET / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		} {
			t.Run(fmt.Sprintf("fast %t %.4s", fast, request), func(t *testing.T) { answeredAtTheEnd(t, fast, request) })
		}
	}
}

func answeredAtTheEnd(t *testing.T, fast bool, request string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "late") })
	s := newServer(t.Context(), l, serving{
		handler: handler, fast: fast, limits: proxy.LimitsConfig{Connections: 10, HeaderTime: patience}, log: zap.NewNop(),
	})
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
	closed := func() bool {
		another, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			another.Close()
		}
		return err != nil
	}
	if !eventually(t, closed) {
		t.Fatal("the listener goes on")
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, request)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the request was dropped: %v", err)
	}
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "late" {
		t.Errorf("%q, %v", body, err)
	}
	resp.Body.Close()
	if err := servertest.Receive(t, ended, "the end of the server"); err != nil {
		t.Error(err)
	}
	if err := servertest.Receive(t, ran, "the end of serving"); err != nil {
		t.Error(err)
	}
	if !eventually(t, func() bool { return s.open.Load() == 0 }) {
		t.Errorf("%d connections are counted after the end", s.open.Load())
	}
}
