package admin

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
)

// maxPostBytes bounds the body of a POST: an answer and a profile.
const maxPostBytes = 1 << 20

// apiError is the API's answer when it cannot do what was asked: one sentence that says what to do.
type apiError struct {
	code int
	text string
}

func (e *apiError) Error() string { return e.text }

// asJSON serves what get returns.
func asJSON(get func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := get(r)
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, v)
	})
}

// writeError answers 400, unless err names another status.
func writeError(w http.ResponseWriter, err error) {
	code := http.StatusBadRequest
	if e, ok := errors.AsType[*apiError](err); ok {
		code = e.code
	}
	writeJSON(w, code, map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // the reader may be gone
}

// readJSON reads the body of a POST into v. A form on another site cannot send this media type without a CORS preflight.
func readJSON(r *http.Request, v any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return &apiError{http.StatusUnsupportedMediaType, "send JSON, with Content-Type: application/json"}
	}
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxPostBytes))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return &apiError{http.StatusRequestEntityTooLarge, "send at most 1 MiB"}
		}
		return &apiError{http.StatusBadRequest, "this is not the JSON that is wanted here: " + err.Error()}
	}
	return nil
}

// number reads a query parameter between 1 and most; fallback if it is missing.
func number(r *http.Request, name string, fallback, most int) (int, error) {
	text := r.FormValue(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, &apiError{http.StatusBadRequest, name + " has to be a number from 1 to " + strconv.Itoa(most)}
	}
	return n, nil
}
