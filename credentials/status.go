package credentials

import "time"

// Status is a snapshot of one credential. It holds no secret.
type Status struct {
	Account     string    // hash of what the vendor counts by, as Use.Account
	Kind        string    // header, query, basic or the grant of OAuth 2
	Issued      time.Time // of the token; the zero time if there is none, or none is needed
	Expires     time.Time // the zero time if unknown
	RetryAt     time.Time // the token endpoint is not asked before; the zero time if it works
	LastError   string    // "" if the last call went well
	Calls       *Calls    // of the token endpoint; nil where there is none
	Rejections  int64     // by the vendor, since it last took the credential
	Rejected    int64     // by the vendor, in all
	HeldBackFor time.Duration
}

// Calls counts the calls of a token endpoint by outcome, since the credential became known.
type Calls struct {
	Tokens  int64 // a token came
	Refused int64 // the client, or what it showed, was refused
	Failed  int64 // no answer, or none that makes sense
}

// Status returns a snapshot of every credential of the live set, in its order.
func (s *Store) Status() []Status {
	s.mu.Lock()
	live := s.live
	s.mu.Unlock()
	out := make([]Status, len(live))
	for i, source := range live {
		out[i] = source.status(time.Now())
	}
	return out
}

func (s *source) status(now time.Time) Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{
		Account: s.config.account(), Kind: s.config.kind(), Issued: s.token.issued, Expires: s.token.expires, RetryAt: s.retryAt,
		Rejections: s.rejected.count.Load(), Rejected: s.rejected.total.Load(), HeldBackFor: s.rejected.heldBack(now),
	}
	if s.endpoint != nil {
		calls := s.calls
		out.Calls = &calls
	}
	if s.failed != nil {
		out.LastError = s.failed.Error()
	}
	return out
}

func (c Config) kind() string {
	switch {
	case c.Header != nil:
		return "header"
	case c.Query != nil:
		return "query"
	case c.Basic != nil:
		return "basic"
	}
	return c.OAuth2.grant()
}

func (r *rejections) heldBack(now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.until.Sub(now), 0)
}
