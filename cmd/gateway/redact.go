package main

import (
	"io"
	"net/http"

	"gateway/credentials"
)

// redactedWriter removes secrets from what is written. A secret must not be split over two writes: each is a whole line or
// document.
type redactedWriter struct {
	io.Writer
	secrets *credentials.Redactor
}

// Write implements io.Writer.
func (w *redactedWriter) Write(p []byte) (int, error) {
	if _, err := w.Writer.Write(w.secrets.Bytes(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// withoutSecrets removes secrets from a handler's answers. It asks the handler for uncompressed answers, because secrets in
// compressed ones could not be found.
func withoutSecrets(secrets *credentials.Redactor, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.Header.Del("Accept-Encoding")
		next.ServeHTTP(&redactedAnswer{w, redactedWriter{w, secrets}}, r)
	})
}

// redactedAnswer is a ResponseWriter whose body goes through a redactedWriter.
type redactedAnswer struct {
	http.ResponseWriter
	body redactedWriter
}

// Write implements io.Writer.
func (w *redactedAnswer) Write(p []byte) (int, error) { return w.body.Write(p) }

// Unwrap lets http.ResponseController flush.
func (w *redactedAnswer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
