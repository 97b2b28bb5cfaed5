package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// canaryServer serves until the test ends.
func canaryServer(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// canaryShapes are the ways in which a vendor fails and tells in its error, in every place, what it was sent.
var canaryShapes = []string{
	"json", "problem", "xml", "html", "text", "long", "unauthenticated", "redirect", "gzip", "cut", "stalled", "success", "trailers", "early", "raw", "reset", "silence",
}

// sentSecrets are those of a request.
func sentSecrets(r *http.Request) (sent []string) {
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, password, _ := r.BasicAuth()
	_, proxys, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
	for _, secret := range []string{r.Header.Get("X-Key"), r.Header.Get("X-File"), r.URL.Query().Get("key"), password, proxys, bearer} {
		if secret != "" {
			sent = append(sent, secret)
		}
	}
	return sent
}

// echoing is a vendor, and a forward proxy, whose path ends in one of canaryShapes. It notes that it was asked.
func echoing(seen *outputs) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var told []string
		for _, secret := range sentSecrets(r) {
			seen.add("vendor", secret)
			told = append(told, written(secret)...)
		}
		seen.add("asked", r.URL.Path)
		if told == nil {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		shape := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		echoInHead(w.Header(), told)
		if !breaksOff(w, r, shape, told) {
			answerIn(w, r, shape, "You sent "+strings.Join(told, " and "), told)
		}
	}
}

// echoInHead tells in headers, a cookie, an address and an id.
func echoInHead(header http.Header, told []string) {
	for i, value := range told {
		header.Set(fmt.Sprintf("X-Echo-%d", i), value)
	}
	header.Set("Location", "/login?next="+url.QueryEscape("/x?key="+strings.Join(told, "")))
	header.Set("Link", "</x?key="+url.QueryEscape(told[0])+">; rel=next")
	header.Add("Set-Cookie", "session="+url.QueryEscape(told[0]))
	header.Set("X-Request-Id", told[0])
	header.Set("X-Padded", strings.Repeat("x", 500)+told[0]) // which is cut where it is kept
}

// breaksOff does what net/http's server does not: break a connection, say nothing, write a reason of its own.
func breaksOff(w http.ResponseWriter, r *http.Request, shape string, told []string) bool {
	switch shape {
	case "silence":
		<-r.Context().Done()
		return true
	case "reset", "raw":
	default:
		return false
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return true
	}
	defer conn.Close()
	if shape == "raw" {
		fmt.Fprintf(conn, "HTTP/1.1 409 %s\r\nX-Echo: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", told[0], told[0])
		return true
	}
	fmt.Fprintf(conn, "HTTP/1.1 503 %s\r\nX-Echo: %s\r\n", told[0], told[0])
	_ = conn.(*net.TCPConn).SetLinger(0)
	return true
}

// answerIn writes an answer in one of many shapes.
func answerIn(w http.ResponseWriter, r *http.Request, shape, text string, told []string) {
	object, _ := json.Marshal(map[string]any{ // of strings alone
		"error": map[string]any{"message": text, "code": told[0]}, "errors": []any{map[string]string{"field": told[0], "message": text}}, "key": told,
	})
	status, media, body := 400, "application/json", object
	switch shape {
	case "problem":
		media, body = "application/problem+json", bytes.Replace(object, []byte("{"), []byte(`{"type":"about:blank","title":"Bad","detail":"no",`), 1)
	case "xml":
		media, body = "application/xml", []byte(`<error key="`+html.EscapeString(told[0])+`"><message>`+html.EscapeString(text)+`</message></error>`)
	case "html":
		status, media, body = 502, "text/html", []byte("<title>"+html.EscapeString(text)+"</title>")
	case "text":
		media, body = "text/plain", []byte(text)
	case "long": // the reader cuts it in the middle of the secret
		media, body = "text/plain", []byte("It is "+strings.Repeat("x", 1010)+" "+strings.Repeat(told[0], 3))
	case "unauthenticated":
		status = 401
		w.Header().Set("WWW-Authenticate", `Bearer error_description="`+strings.ReplaceAll(told[0], `"`, "")+`"`)
	case "redirect":
		status, body = 302, nil
	case "gzip":
		body = packed(object)
		w.Header().Set("Content-Encoding", "gzip")
	case "cut", "stalled":
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+100))
	case "success":
		status, body = 200, []byte(`{}`)
	case "trailers":
		status, body = 200, []byte(`{}`)
		w.Header().Set("Trailer", "X-Sum")
		defer w.Header().Set("X-Sum", told[0])
	case "early":
		status, body = 200, []byte(`{}`)
		w.WriteHeader(http.StatusEarlyHints)
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone
	switch shape {
	case "cut":
		panic(http.ErrAbortHandler)
	case "stalled":
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

func packed(text []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(text)
	_ = z.Close()
	return out.Bytes()
}

// canaryTokens gives tokens that are canaries. By its path it refuses its client, and tells of it in every way.
func canaryTokens(seen *outputs) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, secret, _ := r.BasicAuth()
		secret, _ = url.QueryUnescape(secret)
		told := secret + " " + r.FormValue("password") + " " + r.FormValue("refresh_token")
		seen.add("endpoint", told)
		answer := map[string]any{"access_token": canaries["token"], "expires_in": 3600}
		if r.FormValue("grant_type") == "refresh_token" {
			answer["access_token"], answer["refresh_token"] = canaries["rotated-token"], canaries["rotated"]
			seen.add("endpoint", canaries["rotated"])
		}
		switch r.URL.Path {
		case "/refusing":
			w.WriteHeader(http.StatusUnauthorized)
			answer = map[string]any{"error": "invalid_client", "error_description": "The secret " + told + " is wrong, says " + r.Header.Get("Authorization")}
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "<title>"+html.EscapeString(told+r.RequestURI)+"</title>")
			return
		case "/moved":
			w.Header().Set("Location", "/?key="+url.QueryEscape(told))
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, told)
			panic(http.ErrAbortHandler)
		}
		body, _ := json.Marshal(answer) // of our own
		_, _ = w.Write(body)
	}
}
