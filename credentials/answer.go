package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxAnswerBytes = 64 << 10 // of a token endpoint; tokens with many claims are long
	maxTokenBytes  = 16 << 10 // which is more than most servers take as a header
	// maxLife is how long a token is used at most, whatever the answer says.
	maxLife = 365 * 24 * time.Hour
	// maxRetryAfter bounds the pause that a token endpoint may ask for.
	maxRetryAfter = 15 * time.Minute
)

// lenient is the transport for token calls. Token endpoints wrap their answers, send forms, and write numbers as strings.
// The result follows RFC 6749, section 5.1, or is an error.
type lenient struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l lenient) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("its answer broke off: %w", err)
	case len(body) > maxAnswerBytes:
		return nil, fmt.Errorf("its answer is over %d bytes", maxAnswerBytes)
	}
	g, err := readAnswer(resp, body)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(plain)), Request: req,
	}, nil
}

// grant is the token that an endpoint issued.
type grant struct {
	Token   string `json:"access_token"`
	Type    string `json:"token_type"`
	Refresh string `json:"refresh_token,omitempty"` // "" if none came
	Life    int64  `json:"expires_in,omitempty"`    // seconds; 0 if unknown
}

// refusal is an endpoint's answer without a token.
type refusal struct {
	status     int
	code       string // of RFC 6749, section 5.2, or a vendor's
	text       string // the endpoint's own words
	retryAfter time.Duration
}

// Error implements error.
func (e *refusal) Error() string {
	text := fmt.Sprintf("it answered %d", e.status)
	if e.code != "" {
		text += " " + e.code
	}
	if e.text != "" {
		text += ": " + e.text
	}
	return text
}

// isFinal is true if the same call will fail again until somebody acts.
func (e *refusal) isFinal() bool {
	switch {
	case e.status < 300:
		return e.code != ""
	case e.status == http.StatusRequestTimeout || e.status == http.StatusTooEarly || e.status == http.StatusTooManyRequests:
		return false
	}
	return e.status < 500
}

// readAnswer distinguishes a token from a refusal, which some endpoints send with status 200.
func readAnswer(resp *http.Response, body []byte) (grant, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return grant{}, readRefusal(resp, body)
	}
	g, err := readGrant(body)
	if errors.Is(err, errNoToken) {
		if refused := readRefusal(resp, body); refused.code != "" {
			return grant{}, refused
		}
	}
	return g, err
}

var errNoToken = errors.New("its answer holds no access token")

// readGrant reads an answer with a token.
func readGrant(body []byte) (grant, error) {
	fields := readFields(body)
	g := grant{Token: text(fields["access_token"]), Type: "Bearer", Refresh: text(fields["refresh_token"])}
	switch {
	case g.Token == "":
		return grant{}, errNoToken
	case len(g.Token) > maxTokenBytes || strings.ContainsFunc(g.Token, notInToken):
		return grant{}, errors.New("its access token cannot be sent in a header")
	}
	for name, value := range fields {
		if name = plainName(name); name == "expires-in" || name == "expiresin" {
			g.Life = life(value)
		}
	}
	return g, nil
}

// notInToken is true for characters that RFC 9110, section 5.5 does not allow within a value, and for spaces.
func notInToken(r rune) bool { return r <= ' ' || r == 0x7f || r > unicode.MaxASCII }

// readFields returns the members of a JSON object, of the object in its member "response" (Accelo's envelope), or of a
// form.
func readFields(body []byte) map[string]any {
	var out map[string]any
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	decoder.UseNumber()
	if decoder.Decode(&out) == nil {
		if inner, ok := out["response"].(map[string]any); ok && out["access_token"] == nil {
			return inner
		}
		return out
	}
	form, err := url.ParseQuery(strings.TrimSpace(string(body)))
	if err != nil {
		return nil
	}
	out = map[string]any{}
	for name := range form {
		out[name] = form.Get(name)
	}
	return out
}

func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// life is a number of seconds in any notation; 0 if it is negative, unreadable or missing.
func life(value any) int64 {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(text(value)), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return int64(math.Ceil(min(seconds, maxLife.Seconds())))
}

// readRefusal reads an answer without a token.
func readRefusal(resp *http.Response, body []byte) *refusal {
	fields := readFields(body)
	if meta, ok := fields["meta"].(map[string]any); ok {
		fields = meta
	}
	e := &refusal{status: resp.StatusCode, retryAfter: retryAfter(resp.Header, time.Now())}
	for _, name := range []string{"error", "status", "code"} {
		if code := text(fields[name]); e.code == "" && isCode(code) {
			e.code = code
		}
	}
	for _, name := range []string{"error_description", "message"} {
		if words := text(fields[name]); e.text == "" {
			e.text = clean(words)
		}
	}
	return e
}

// isCode is true for a machine-readable word, which may be shown.
func isCode(code string) bool {
	return code != "" && len(code) <= 40 && !strings.ContainsFunc(code, func(r rune) bool {
		return r > unicode.MaxASCII || r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// clean shortens words to one line for the log.
func clean(words string) string {
	words = strings.Join(strings.Fields(strings.ToValidUTF8(words, "")), " ")
	words = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, words)
	const most = 200
	if runes := []rune(words); len(runes) > most {
		return string(runes[:most])
	}
	return words
}

// retryAfter reads Retry-After (RFC 9110, section 10.2.3), within bounds; 0 if it is missing or makes no sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	if then, err := http.ParseTime(value); err == nil {
		return min(max(then.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
