package proxy

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// proxyRefusal is an answer other than success from a forward proxy.
type proxyRefusal struct{ code int }

func (e *proxyRefusal) Error() string {
	return fmt.Sprintf("it answered %d %s", e.code, http.StatusText(e.code))
}

// maxProxyAnswerBytes bounds the head of a forward proxy's answer.
const maxProxyAnswerBytes = 64 << 10

// tunnel asks a forward proxy for a connection to address (CONNECT, RFC 9110, section 9.3.6).
func tunnel(ctx context.Context, conn net.Conn, proxy *url.URL, address string) (net.Conn, error) {
	deadline, _ := ctx.Deadline()
	err := errors.Join(conn.SetDeadline(deadline), askTunnel(conn, proxy, address), conn.SetDeadline(time.Time{}))
	if err != nil {
		conn.Close()
		return nil, &connectError{stepProxy, err}
	}
	return conn, nil
}

func askTunnel(conn net.Conn, proxy *url.URL, address string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	in := bufio.NewReader(io.LimitReader(conn, maxProxyAnswerBytes))
	resp, err := http.ReadResponse(in, req) //nolint:bodyclose // what follows the head is the tunnel
	switch {
	case err != nil:
		return err
	case resp.StatusCode/100 != 2:
		return &proxyRefusal{resp.StatusCode}
	case in.Buffered() > 0:
		return errors.New("it sent more than an answer")
	}
	return nil
}
