package main

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// expectationFailed is what net/http says to an Expect that it does not know (RFC 9110, section 10.1.1).
var expectationFailed = regexp.MustCompile("^HTTP/1.[01] 417 Expectation Failed\r\nConnection: close\r\nDate: [^\r]+\r\nContent-Length: 0\r\n\r\n$")

// Write implements net.Conn. What net/http cannot read as a request it answers in words of its own, before any handler;
// the caller gets a problem in their place.
func (c *headConn) Write(p []byte) (int, error) {
	code, why, ok := ownAnswer(p)
	if !ok || c.tunnel.Load() {
		return c.Conn.Write(p)
	}
	answer := &refusal{header: http.Header{}}
	c.refuser.RefuseUnreadable(answer, c.RemoteAddr().String(), code, why)
	_ = c.SetWriteDeadline(time.Now().Add(turnAwayPatience))
	if _, err := answer.text.WriteTo(c.Conn); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ownAnswer takes apart what conn.serve of net/http writes, which is sent in one piece. Whatever a handler sends has an
// X-Request-Id and a Date.
func ownAnswer(p []byte) (code int, why string, ok bool) {
	if expectationFailed.Match(p) {
		return http.StatusExpectationFailed, "", true
	}
	line, rest, _ := bytes.Cut(p, []byte("\r\n"))
	head, isAnswer := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !isAnswer || !bytes.HasPrefix(rest, []byte("Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")) {
		return 0, "", false
	}
	number, reason, _ := strings.Cut(string(head), " ")
	code, err := strconv.Atoi(number)
	_, why, _ = strings.Cut(reason, ": ")
	return code, why, err == nil
}
