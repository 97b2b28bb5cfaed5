package vendortest

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Apaleo returns a pretend apaleo: property MUC exists, requests need a bearer token; it allows so many requests a minute
// (0: not limited).
func Apaleo(perMinute int) *Vendor {
	v := &Vendor{name: "apaleo"}
	a := &apaleo{v}
	v.serve = a.serve
	v.limit = limit{requests: perMinute, per: time.Minute, refuse: a.refuse}
	return v
}

type apaleo struct{ *Vendor }

func (a *apaleo) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "nginx")
	w.Header().Set("Apaleo-Tracking-Id", fmt.Sprintf("0HLHK2NSRGO68:%08d", a.Ledger().Requests))
	switch path := r.URL.Path; {
	case path == "/connect/token":
		a.token(w, r)
	case r.Header.Get("Authorization") == "":
		w.Header().Set("WWW-Authenticate", "Bearer")
		a.empty(w, http.StatusUnauthorized)
	case strings.HasPrefix(path, "/booking/v1/bookings"):
		a.bookings(w, r)
	case strings.HasPrefix(path, "/inventory/v1/properties"):
		a.properties(w, r)
	case path == "/inventory/v1/units" && r.Method == http.MethodPost:
		a.messages(w, http.StatusFailedDependency, "The unit group 'MUC-XXL' does not exist.")
	case path == "/finance/v1/invoices" && r.Method == http.MethodPost:
		a.messages(w, http.StatusUnprocessableEntity, "Invoice already exists for this folio. Cannot create another one.")
	case strings.HasPrefix(path, "/finance/"):
		a.empty(w, http.StatusForbidden)
	default:
		a.empty(w, http.StatusNotFound)
	}
}

func (a *apaleo) empty(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

func (a *apaleo) messages(w http.ResponseWriter, status int, messages ...string) {
	writeJSON(w, status, object{"messages": messages})
}

func (a *apaleo) bookings(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		a.messages(w, http.StatusUnprocessableEntity, "Booker.LastName: The LastName field is required.", "The departure must be after the arrival.")
	case http.MethodPatch:
		writeJSON(w, http.StatusMethodNotAllowed, object{"error": object{
			"code":    "UnsupportedApiVersion",
			"message": fmt.Sprintf("The HTTP resource that matches the request URI 'https://api.apaleo.com%s' with API version '1' does not support HTTP method 'PATCH'.", r.URL.Path),
		}})
	default:
		writeJSON(w, http.StatusOK, object{"bookings": []object{{"id": "XPGMSXGF"}}, "count": 1})
	}
}

func (a *apaleo) properties(w http.ResponseWriter, r *http.Request) {
	if id := lastSegment(r.URL.Path); id != "properties" && id != "MUC" {
		a.empty(w, http.StatusNotFound)
		return
	}
	writeJSON(w, http.StatusOK, object{"id": "MUC", "name": "Hotel Munich"})
}

// token is the identity server's.
func (a *apaleo) token(w http.ResponseWriter, r *http.Request) {
	if _, secret, ok := r.BasicAuth(); !ok || secret == "wrong" {
		writeJSON(w, http.StatusBadRequest, object{"error": "invalid_client"})
		return
	}
	writeJSON(w, http.StatusOK, object{"access_token": "apaleo-token", "expires_in": 3600, "token_type": "Bearer"})
}

func (a *apaleo) refuse(w http.ResponseWriter, left time.Duration) {
	body := fmt.Sprintf("API calls quota exceeded! maximum admitted %d per 1m.", a.limit.requests)
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(left.Seconds()))))
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte(body)) // the caller may be gone
}
