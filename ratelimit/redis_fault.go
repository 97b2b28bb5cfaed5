package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// cures are what an operator can do about errors of the store, by what they hold.
var cures = []struct{ holds, cure string }{
	{"WRONGPASS", "user or password of the URL are wrong"},
	{"NOAUTH", "it wants a password, which the URL lacks"},
	{"unauthenticated", "it wants a password, which the URL lacks"},
	{"NOPERM", "the user of the URL may not run scripts, write gateway:* and publish"},
	{"OOM", "it has no memory left: raise its maxmemory"},
	{"READONLY", "it is a replica: name the master, or Sentinels"},
	{"x509:", "its certificate is not trusted: name the authority with ca="},
	{"first record does not look like a TLS handshake", "it speaks no TLS: redis:// is without"},
}

// explained is err with what to do about it, where that is known.
func explained(err error) error {
	for _, c := range cures {
		if strings.Contains(err.Error(), c.holds) {
			return fmt.Errorf("%s (%w)", c.cure, err)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v: it is slow, or only one side speaks TLS (%w)", storePatience, err)
	}
	return err
}
