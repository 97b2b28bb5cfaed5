package credentials

// Config is one credential of an upstream: exactly one of Header, Query, Basic and OAuth2 is set. In a list, the
// first whose conditions hold is used.
type Config struct {
	Consumer string  `yaml:"consumer"` // only for this consumer; "" for all
	When     string  `yaml:"when"`     // only if a request header has a value: "header:X-Tenant=acme"
	Header   *Header `yaml:"header"`
	Query    *Query  `yaml:"query"`
	Basic    *Basic  `yaml:"basic"`
	OAuth2   *OAuth2 `yaml:"oauth2"`
}

// Header puts a fixed value into a request header.
type Header struct {
	Name  string `yaml:"name"`
	Value Secret `yaml:"value"`
}

// Query puts a fixed value into the query.
type Query struct {
	Name  string `yaml:"name"`
	Value Secret `yaml:"value"`
}

// Basic is HTTP Basic authentication (RFC 7617).
type Basic struct {
	Username string `yaml:"username"`
	Password Secret `yaml:"password"`
}

// OAuth2 fetches bearer tokens (RFC 6749) from TokenURL.
type OAuth2 struct {
	Grant        string   `yaml:"grant"` // client_credentials (default), password or refresh_token
	TokenURL     string   `yaml:"token_url"`
	ClientID     string   `yaml:"client_id"`
	ClientSecret Secret   `yaml:"client_secret"`
	Scopes       []string `yaml:"scopes"`
	Auth         string   `yaml:"auth"` // basic (default) or body: where client id and secret are sent
	Username     string   `yaml:"username"`
	Password     Secret   `yaml:"password"`
	RefreshToken Secret   `yaml:"refresh_token"`
}
