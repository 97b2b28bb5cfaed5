package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// endpoint asks for tokens, with one call at a time.
type endpoint struct {
	config    OAuth2
	state     *state    // nil: a replaced refresh token is kept in memory only
	refresh   string    // the newest refresh token
	refreshed time.Time // when it came; the zero time for the configured one

	mu        sync.Mutex
	transport http.RoundTripper
}

func newEndpoint(o OAuth2, transport http.RoundTripper) *endpoint {
	e := &endpoint{config: o, transport: transport, refresh: o.RefreshToken.Reveal()}
	if o.StateFile != "" {
		e.state = newState(o)
	}
	return e
}

// use replaces the transport.
func (e *endpoint) use(transport http.RoundTripper) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.transport = transport
}

// fetched is a token with what came along with it.
type fetched struct {
	token
	refresh  string // the refresh token that replaces the one used; "" if it stays
	unsaved  error  // why that could not be saved
	unshared error  // why other gateways do not have the token
}

// fetch makes one call. Its errors contain no URL, but may contain the endpoint's words.
func (e *endpoint) fetch(ctx context.Context) (fetched, error) {
	if e.config.grant() == grantRefresh {
		return e.rotate(ctx)
	}
	tok, err := e.call(ctx)
	if err != nil {
		return fetched{}, err
	}
	return fetched{token: newToken(tok)}, nil
}

// rotate uses the newest refresh token, even if another process got it. It saves the one that comes back before it does
// anything else with the answer, because the old one may already be invalid.
func (e *endpoint) rotate(ctx context.Context) (fetched, error) {
	if e.state != nil {
		unlock, err := e.state.lock(ctx)
		if err != nil {
			return fetched{}, err
		}
		defer unlock()
		if kept, err := e.state.load(); err == nil && kept != "" {
			e.refresh = kept
		}
	}
	tok, err := e.call(ctx)
	if err != nil {
		return fetched{}, err
	}
	out := fetched{token: newToken(tok)}
	if tok.RefreshToken != e.refresh {
		e.refresh, e.refreshed, out.refresh = tok.RefreshToken, out.issued, tok.RefreshToken
		if e.state != nil {
			out.unsaved = e.state.save(tok.RefreshToken)
		}
	}
	return out, nil
}

// call asks for a token. It follows no redirect, because the secret would go along; lenient turns one into an error before
// the client sees it.
func (e *endpoint) call(ctx context.Context) (*oauth2.Token, error) {
	style := oauth2.AuthStyleInHeader
	if e.config.Auth == "body" {
		style = oauth2.AuthStyleInParams
	}
	config := clientcredentials.Config{
		ClientID: e.config.ClientID, ClientSecret: e.config.ClientSecret.Reveal(), TokenURL: e.config.TokenURL,
		Scopes: e.config.Scopes, AuthStyle: style, EndpointParams: e.params(),
	}
	e.mu.Lock()
	client := &http.Client{Transport: lenient{e.transport}}
	e.mu.Unlock()
	tok, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	return tok, plainError(ctx, err)
}

// params adapt a request for client credentials to any other grant.
func (e *endpoint) params() url.Values {
	params := url.Values{}
	for name, value := range e.config.Params {
		params.Set(name, value)
	}
	params.Set("grant_type", e.config.grant())
	switch e.config.grant() {
	case grantPassword:
		params.Set("username", e.config.Username)
		params.Set("password", e.config.Password.Reveal())
	case grantRefresh:
		params.Set("refresh_token", e.refresh)
	}
	return params
}

// plainError removes the URL from an error, because it may contain keys.
func plainError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("it did not answer within %s", tokenTimeout)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// token is what is sent to the vendor, and how long it is valid.
type token struct {
	value   string
	issued  time.Time
	expires time.Time // the zero time if unknown: until the vendor refuses it
}

func newToken(t *oauth2.Token) token {
	return token{value: t.AccessToken, issued: time.Now(), expires: t.Expiry}
}
