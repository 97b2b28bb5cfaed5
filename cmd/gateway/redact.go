package main

import (
	"io"
	"net/http"

	"gateway/credentials"
)

// redactedWriter takes secrets out of what is written. One must not be cut by two writes: a line or a document is whole.
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

// withoutSecrets takes secrets out of the answers of a handler. They are asked for uncompressed, as none would be seen
// otherwise.
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
