// Package credentials puts the vendor's keys and tokens into requests, so that callers need none of their own.
package credentials

import (
	"errors"
	"fmt"
)

// Config is one credential of an upstream. Exactly one of Header, Query, Basic and OAuth2 is set. In a list, the first
// entry whose conditions hold is used.
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
	Grant        string            `yaml:"grant"` // client_credentials (default), password or refresh_token
	TokenURL     string            `yaml:"token_url"`
	ClientID     string            `yaml:"client_id"`
	ClientSecret Secret            `yaml:"client_secret"`
	Scopes       []string          `yaml:"scopes"`
	Auth         string            `yaml:"auth"`   // basic (default) or body: where client id and secret are sent
	Params       map[string]string `yaml:"params"` // further parameters of the token request, such as audience
	Username     string            `yaml:"username"`
	Password     Secret            `yaml:"password"`
	RefreshToken Secret            `yaml:"refresh_token"`
	StateFile    string            `yaml:"state_file"` // keeps a refresh token that the vendor replaced; "": in memory only
	Header       string            `yaml:"header"`     // header that gets the bare token; "": Authorization, as Bearer
}

// ValidateAll checks the credentials of an upstream. Its errors begin with the place in the list, such as [0].header.
func ValidateAll(list []Config) error {
	var errs []error
	for i, c := range list {
		for _, problem := range c.problems() {
			errs = append(errs, fmt.Errorf("[%d]%s", i, problem))
		}
		if i < len(list)-1 && c.Consumer == "" && c.When == "" {
			errs = append(errs, fmt.Errorf("[%d]: is for everybody, so those after it are never used; give it a consumer or when, or put it last", i))
		}
	}
	return errors.Join(errs...)
}
