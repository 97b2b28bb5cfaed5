// Package credentials puts the vendor's keys and tokens into requests, so that callers need none.
package credentials

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

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

// ValidateAll checks the credentials of an upstream. Its errors begin with the place in the list, as in [0].header.
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

// problems says what is wrong with one credential.
func (c Config) problems() []string {
	var out []string
	if kinds := c.kinds(); kinds != 1 {
		out = append(out, fmt.Sprintf(": needs exactly one of header, query, basic, oauth2, but has %d", kinds))
	}
	need := func(path string, missing bool) {
		if missing {
			out = append(out, path+": is missing")
		}
	}
	if h := c.Header; h != nil {
		need(".header.name", h.Name == "")
		need(".header.value", h.Value == "")
	}
	if q := c.Query; q != nil {
		need(".query.name", q.Name == "")
		need(".query.value", q.Value == "")
	}
	if b := c.Basic; b != nil {
		need(".basic.username", b.Username == "")
	}
	if o := c.OAuth2; o != nil {
		out = append(out, o.problems()...)
	}
	if c.When != "" && !strings.HasPrefix(c.When, "header:") {
		out = append(out, fmt.Sprintf(".when: %q is not of the form header:NAME=VALUE", c.When))
	}
	return out
}

func (c Config) kinds() (n int) {
	for _, set := range []bool{c.Header != nil, c.Query != nil, c.Basic != nil, c.OAuth2 != nil} {
		if set {
			n++
		}
	}
	return n
}

func (o OAuth2) problems() []string {
	var out []string
	if u, err := url.Parse(o.TokenURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		out = append(out, ".oauth2.token_url: must be an absolute URL, as in https://api.example.com/oauth/token")
	}
	switch o.Grant {
	case "", "client_credentials":
	case "password":
		if o.Username == "" || o.Password == "" {
			out = append(out, ".oauth2.grant: password needs username and password")
		}
	case "refresh_token":
		if o.RefreshToken == "" {
			out = append(out, ".oauth2.grant: refresh_token needs refresh_token")
		}
	default:
		out = append(out, fmt.Sprintf(".oauth2.grant: %q is none of client_credentials, password, refresh_token", o.Grant))
	}
	if o.Auth != "" && o.Auth != "basic" && o.Auth != "body" {
		out = append(out, fmt.Sprintf(".oauth2.auth: %q is neither basic nor body", o.Auth))
	}
	return out
}
