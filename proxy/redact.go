package proxy

import (
	"bytes"
	"encoding/json"
	"slices"

	"gateway/credentials"
	"gateway/document"
	"gateway/problem"
	"gateway/wording"
)

// redactProblem removes secrets from every text of p that may come from a vendor. It copies slices before it changes them,
// because hints belong to the profile.
func redactProblem(secrets *credentials.Redactor, p *problem.Problem) {
	if secrets.IsIdle() {
		return
	}
	for _, text := range []*string{&p.Detail, &p.Docs, &p.RequestID} {
		*text = redactText(secrets, *text)
	}
	if u := p.Upstream; u != nil {
		for _, text := range []*string{&u.Code, &u.Type, &u.Message, &u.RequestID} {
			*text = redactText(secrets, *text)
		}
	}
	p.Errors, p.Hints, p.Extensions = slices.Clone(p.Errors), slices.Clone(p.Hints), slices.Clone(p.Extensions)
	for i := range p.Errors {
		v := &p.Errors[i]
		for _, text := range []*string{&v.Detail, &v.Field, &v.Pointer, &v.Name, &v.Code} {
			*text = redactText(secrets, *text)
		}
	}
	for i := range p.Hints {
		p.Hints[i] = redactText(secrets, p.Hints[i])
	}
	for i, e := range p.Extensions {
		p.Extensions[i] = problem.Extension{Name: redactText(secrets, e.Name), Value: redactValue(secrets, e.Value)}
	}
}

// redactText allows for texts that the reader cut, perhaps in the middle of a secret.
func redactText(secrets *credentials.Redactor, text string) string {
	const longestCharacter = 4
	if len(text) > wording.MaxTextBytes-longestCharacter {
		return secrets.CutString(text)
	}
	return secrets.String(text)
}

// redactValue returns a JSON value without secrets, in keys as well.
func redactValue(secrets *credentials.Redactor, value any) any {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return nil
	}
	clean, changed := redactTree(secrets, tree)
	if !changed {
		return value
	}
	return clean
}

func redactTree(secrets *credentials.Redactor, value any) (clean any, changed bool) {
	switch v := value.(type) {
	case string:
		text := redactText(secrets, v)
		return text, text != v
	case json.Number:
		text := secrets.String(v.String())
		if text == v.String() {
			return v, false
		}
		return text, true
	case []any:
		for i := range v {
			var one bool
			v[i], one = redactTree(secrets, v[i])
			changed = changed || one
		}
		return v, changed
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			clean, one := redactTree(secrets, inner)
			key := secrets.String(name)
			out[key] = clean
			changed = changed || one || key != name
		}
		return out, changed
	}
	return value, false
}

// redact removes secrets from what observers get.
func (x *exchange) redact() {
	secrets := x.handler.shared.secrets
	for _, text := range []*string{&x.Path, &x.Host, &x.RequestID, &x.Target} {
		*text = secrets.String(*text)
	}
	if x.Err != nil {
		x.Err = &redactedError{secrets.String(x.Err.Error()), x.Err}
	}
	if x.Answer != nil {
		x.Answer = redactAnswer(secrets, x.Answer)
	}
}

// redactedError is an error whose text contains no secret.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }

// redactAnswer returns what the record keeps of an answer. The body stays as it came, perhaps coded; whoever shows it
// removes the secrets.
func redactAnswer(secrets *credentials.Redactor, a *document.Answer) *document.Answer {
	if secrets.IsIdle() {
		return a
	}
	out := *a
	out.Path = secrets.String(a.Path)
	out.RequestHeader, out.Header = secrets.Cleaned(a.RequestHeader), secrets.Cleaned(a.Header)
	return &out
}
