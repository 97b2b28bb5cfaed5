package credentials

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
)

// identity joins parts in a way that no two lists give the same bytes: each part follows its length.
func identity(parts ...string) []byte {
	var out []byte
	for _, part := range parts {
		out = binary.BigEndian.AppendUint64(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out
}

// digest hashes an identity, to hide its parts.
func digest(parts ...string) string {
	sum := sha256.Sum256(identity(parts...))
	return hex.EncodeToString(sum[:])
}

// key identifies this credential: it differs if anything about the credential differs. What is kept about a credential,
// such as its token, is kept under its key.
func (c Config) key() string {
	switch {
	case c.Header != nil:
		return digest("header", c.Header.Name, c.Header.Value.Reveal())
	case c.Query != nil:
		return digest("query", c.Query.Name, c.Query.Value.Reveal())
	case c.Basic != nil:
		return digest("basic", c.Basic.Username, c.Basic.Password.Reveal())
	}
	o := c.OAuth2
	parts := []string{
		"oauth2", o.grant(), o.TokenURL, o.ClientID, o.ClientSecret.Reveal(), o.Auth, o.Username, o.Password.Reveal(),
		o.RefreshToken.Reveal(), o.StateFile, o.Header, digest(o.Scopes...),
	}
	for _, name := range slices.Sorted(maps.Keys(o.Params)) {
		parts = append(parts, name, o.Params[name])
	}
	return digest(parts...)
}

// account identifies what vendors count requests by. As far as that can be known, it stays the same when a secret is
// rotated.
func (c Config) account() string {
	switch {
	case c.Basic != nil:
		return digest("basic", c.Basic.Username)
	case c.OAuth2 != nil && c.OAuth2.grant() != grantRefresh:
		return digest("oauth2", c.OAuth2.TokenURL, c.OAuth2.ClientID, c.OAuth2.Username)
	}
	return c.key()
}

// secrets are the values that must not appear in any output.
func (c Config) secrets() []string {
	switch {
	case c.Header != nil:
		return headerSecrets(c.Header.Value.Reveal())
	case c.Query != nil:
		return []string{c.Query.Value.Reveal()}
	case c.Basic != nil:
		return []string{c.Basic.Password.Reveal(), basicPair(c.Basic.Username, c.Basic.Password.Reveal())}
	}
	o := c.OAuth2
	pair := basicPair(url.QueryEscape(o.ClientID), url.QueryEscape(o.ClientSecret.Reveal())) // RFC 6749, section 2.3.1
	return []string{o.ClientSecret.Reveal(), pair, o.Password.Reveal(), o.RefreshToken.Reveal()}
}
