package vendortest

// Call is a request worth trying.
type Call struct {
	Vendor  string // the name of the upstream
	Method  string
	Path    string
	Headers []string // as curl -H takes them
	Body    string
	Shows   string
}

// Tour returns the requests that show best what the three vendors send and what the gateway makes of it.
func Tour() []Call {
	token := "Authorization: Bearer demo"
	json := "Content-Type: application/json"
	return []Call{
		{"accelo", "GET", "/api/v0/companies/77", []string{token}, "", "A missing record is a 400 with a generic word; only the sentence tells."},
		{"accelo", "GET", "/api/v0/monkeys?_suppress_http_status=yes", []string{token}, "", "An error that hides in a 200."},
		{"akeneo", "PATCH", "/api/rest/v1/products/top", []string{token, json}, `{"values":{}}`, "The message says nothing; the violations do."},
		{"akeneo", "POST", "/api/oauth/v1/token", []string{json}, "{}", "A wrong secret is a 422."},
		{"apaleo", "POST", "/booking/v1/bookings", []string{token, json}, "{}", "Sentences in a list, a field's path in front of some."},
		{"apaleo", "GET", "/finance/v1/folios", []string{token}, "", "A missing scope is an empty 403."},
	}
}
