package vendortest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Accelo returns a pretend Accelo deployment: companies 1 to 20 exist, requests need a bearer token, and requests an hour
// are limited to hourly (0: not).
func Accelo(hourly int) *Vendor {
	v := &Vendor{name: "Accelo"}
	a := &accelo{v}
	v.serve = a.serve
	v.limit = limit{requests: hourly, per: time.Hour, refuse: a.refuse}
	return v
}

type accelo struct{ *Vendor }

const acceloDocs = "https://api.accelo.com/docs/#status-codes"

func (a *accelo) serve(w http.ResponseWriter, r *http.Request) {
	a.rateHeaders(w)
	switch {
	case r.URL.Path == "/oauth2/v0/token":
		a.token(w, r)
	case !strings.HasPrefix(r.URL.Path, "/api/v0/"):
		writeHTML(w, http.StatusNotFound, "Apache")
	case r.Header.Get("Authorization") == "" && r.URL.Query().Get("_bearer_token") == "":
		a.fail(w, r, http.StatusUnauthorized, "invalid_client", "No token was provided to access this resource.")
	case strings.HasPrefix(r.URL.Path, "/api/v0/companies"):
		a.companies(w, r)
	case r.URL.Path == "/api/v0/staff" && r.Method == http.MethodPost:
		a.fail(w, r, http.StatusBadRequest, "duplicate", "Staff with that username already exists.")
	case strings.HasPrefix(r.URL.Path, "/api/v0/invoices/") && r.Method != http.MethodGet:
		a.fail(w, r, http.StatusForbidden, "invalid_permission", "You do not have permission to perform this action.")
	default:
		a.fail(w, r, http.StatusBadRequest, "invalid_request", "The request could not be interpreted. This can be caused by missing or invalid data. Please ensure that the resource you are requesting actually exists.")
	}
}

func (a *accelo) companies(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/api/v0/companies"), "/")
	n, err := strconv.Atoi(id)
	switch {
	case id == "":
		a.ok(w, []object{{"id": "1", "name": "Planet Express"}, {"id": "2", "name": "MomCorp"}})
	case err != nil || n < 1 || n > 20:
		a.fail(w, r, http.StatusBadRequest, "invalid_request", fmt.Sprintf("No company with id %s.", id))
	default:
		a.ok(w, object{"id": id, "name": fmt.Sprintf("Company %d", n)})
	}
}

func (a *accelo) ok(w http.ResponseWriter, response any) {
	writeJSON(w, http.StatusOK, object{"response": response, "meta": object{"status": "ok", "message": "Everything executed as expected.", "more_info": acceloDocs}})
}

// fail answers with the envelope, less what the request suppresses.
func (a *accelo) fail(w http.ResponseWriter, r *http.Request, status int, word, message string) {
	meta := object{"status": word, "message": message, "more_info": acceloDocs}
	if suppressed(r, "_suppress_message") {
		meta = object{"status": word}
	}
	if suppressed(r, "_suppress_http_status") {
		meta["response_code"] = status
		status = http.StatusOK
	}
	if suppressed(r, "_suppress_meta") {
		w.Header().Set("X-Status-Reason", word)
		writeJSON(w, status, nil)
		return
	}
	writeJSON(w, status, object{"response": nil, "meta": meta})
}

func suppressed(r *http.Request, name string) bool {
	value := r.URL.Query().Get(name)
	return value == "1" || value == "yes"
}

func (a *accelo) token(w http.ResponseWriter, r *http.Request) {
	if _, secret, ok := r.BasicAuth(); !ok || secret == "wrong" {
		writeJSON(w, http.StatusUnauthorized, object{"error": "invalid_client", "error_description": "The client was not found."})
		return
	}
	writeJSON(w, http.StatusOK, object{"access_token": "accelo-token", "token_type": "bearer", "expires_in": "2592000"})
}

func (a *accelo) rateHeaders(w http.ResponseWriter) {
	if a.limit.requests == 0 {
		return
	}
	left, ends := a.remaining()
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(a.limit.requests))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(left))
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(ends.Unix()+1, 10))
}

func (a *accelo) refuse(w http.ResponseWriter, _ time.Duration) {
	a.rateHeaders(w)
	writeJSON(w, http.StatusTooManyRequests, object{"message": "Rate limit exceeded for planet-express.api.accelo.com", "status": "too_many_requests", "more_info": "api.accelo.com/docs/#rate-limiting"})
}
