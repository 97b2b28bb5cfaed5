package vendortest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Akeneo returns a pretend Akeneo PIM: categories master and shoes exist, requests need a bearer token; it allows so many
// requests a second and at once (0: not limited).
func Akeneo(perSecond, atOnce int) *Vendor {
	v := &Vendor{name: "Akeneo"}
	a := &akeneo{v}
	v.serve = a.serve
	v.limit = limit{requests: perSecond, per: time.Second, concurrent: atOnce, refuse: a.refuse}
	return v
}

type akeneo struct{ *Vendor }

const akeneoBatch = "application/vnd.akeneo.collection+json"

func (a *akeneo) serve(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/api/oauth/v1/token":
		a.token(w, r)
	case path == "/graphql":
		a.graphQL(w)
	case !strings.HasPrefix(path, "/api/rest/v1/"):
		a.fail(w, http.StatusNotFound, fmt.Sprintf("No route found for '%s %s'", r.Method, path))
	case r.Header.Get("Authorization") == "":
		a.fail(w, http.StatusUnauthorized, "Authentication is required")
	case path == "/api/rest/v1/categories":
		a.categories(w, r)
	case strings.HasPrefix(path, "/api/rest/v1/categories/"):
		a.category(w, r)
	case strings.HasPrefix(path, "/api/rest/v1/products"):
		a.products(w, r)
	default:
		a.fail(w, http.StatusNotFound, fmt.Sprintf("No route found for '%s %s'", r.Method, path))
	}
}

func (a *akeneo) fail(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, object{"code": status, "message": message})
}

func (a *akeneo) categories(w http.ResponseWriter, r *http.Request) {
	switch limit, _ := strconv.Atoi(r.URL.Query().Get("limit")); {
	case r.Method == http.MethodPatch && r.Header.Get("Content-Type") == akeneoBatch:
		a.batch(w, r)
	case r.Method == http.MethodPatch:
		a.fail(w, http.StatusUnsupportedMediaType, fmt.Sprintf("%q in \"Content-Type\" header is not valid. Only %q is allowed.", r.Header.Get("Content-Type"), akeneoBatch))
	case r.Method == http.MethodPost:
		writeJSON(w, http.StatusUnprocessableEntity, object{
			"code": 422, "message": "Property 'extra_property' does not exist. Check the standard format documentation.",
			"_links": object{"documentation": object{"href": "http://api.akeneo.com/api-reference.html#post_categories"}},
		})
	case limit > 100:
		a.fail(w, http.StatusUnprocessableEntity, "You cannot request more than 100 items.")
	default:
		writeJSON(w, http.StatusOK, object{"current_page": 1, "_embedded": object{"items": []object{{"code": "master"}, {"code": "shoes", "parent": "master"}}}})
	}
}

func (a *akeneo) category(w http.ResponseWriter, r *http.Request) {
	switch code := lastSegment(r.URL.Path); {
	case r.Method != http.MethodGet:
		a.fail(w, http.StatusForbidden, "Access forbidden. You are not allowed to administrate categories.")
	case code == "master" || code == "shoes":
		writeJSON(w, http.StatusOK, object{"code": code, "labels": object{"en_US": code}})
	default:
		a.fail(w, http.StatusNotFound, fmt.Sprintf("Category '%s' does not exist.", code))
	}
}

// products accepts reads; writes break a rule.
func (a *akeneo) products(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		writeJSON(w, http.StatusOK, object{"current_page": 1, "_embedded": object{"items": []object{{"identifier": "top", "enabled": true}}}})
		return
	}
	writeJSON(w, http.StatusUnprocessableEntity, object{"code": 422, "message": "Validation failed.", "errors": []object{
		{"property": "values", "message": "The tommh value is not in the brand attribute option list.", "attribute": "brand", "locale": nil, "scope": nil},
		{"property": "identifier", "message": "This value should not be blank."},
	}})
}

// batch answers line by line, each with a status of its own.
func (a *akeneo) batch(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", akeneoBatch)
	lines := bufio.NewScanner(r.Body)
	for n := 1; lines.Scan(); n++ {
		var item struct{ Code string }
		answer := object{"line": n, "status_code": http.StatusNoContent}
		if err := json.Unmarshal(lines.Bytes(), &item); err != nil {
			answer["status_code"], answer["message"] = http.StatusBadRequest, "Invalid json message received"
		} else if answer["code"] = item.Code; strings.ContainsAny(item.Code, ", ") {
			answer["status_code"], answer["message"] = http.StatusUnprocessableEntity, "Validation failed."
			answer["errors"] = []object{{"property": "code", "message": "Category code may contain only letters, numbers and underscores"}}
		}
		if n > 1 {
			_, _ = w.Write([]byte("\n"))
		}
		line, _ := json.Marshal(answer) // a literal of our own
		_, _ = w.Write(line)
	}
}

func (a *akeneo) graphQL(w http.ResponseWriter) {
	writeJSON(w, http.StatusOK, object{
		"errors": []object{{"message": "The access token provided is invalid.", "path": []string{"products"}, "extensions": object{"http_code": 401, "http_message": "Request failed with status code 401"}}},
		"data":   object{"products": nil},
	})
}

// token is for connections: the grant password, and a 422 for whatever is wrong.
func (a *akeneo) token(w http.ResponseWriter, r *http.Request) {
	_, secret, ok := r.BasicAuth()
	switch user, password := r.FormValue("username"), r.FormValue("password"); {
	case !ok || secret == "wrong":
		a.fail(w, http.StatusUnprocessableEntity, `Parameter "client_id" is missing or does not match any client, or secret is invalid`)
	case r.FormValue("grant_type") != "password" || user == "" || password == "":
		a.fail(w, http.StatusUnprocessableEntity, `Parameter "grant_type", "username" or "password" is missing, empty or invalid`)
	case password == "wrong":
		a.fail(w, http.StatusUnprocessableEntity, "No user found for the given username and password")
	default:
		writeJSON(w, http.StatusOK, object{"access_token": "akeneo-token", "expires_in": 3600, "token_type": "bearer", "scope": nil, "refresh_token": "akeneo-refresh"})
	}
}

func (a *akeneo) refuse(w http.ResponseWriter, left time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(left.Seconds()))))
	w.WriteHeader(http.StatusTooManyRequests)
}
