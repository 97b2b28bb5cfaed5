// Package problemtest holds problems against the schema that `gateway schema problem` prints. Only tests import it.
package problemtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gateway/configs"
	"gateway/document"
	"gateway/problem"
	"gateway/proxy"
	"gateway/wording"
)

// schema is compiled once, with formats such as uri held against their RFCs.
var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	data, err := configs.Schema("problem")
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("problem", doc); err != nil {
		return nil, err
	}
	return c.Compile("problem")
})

// Validate says what of a body the schema does not allow.
func Validate(body []byte) error {
	s, err := schema()
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("no JSON: %w", err)
	}
	return s.Validate(doc)
}

// Decode reads a body, which must be a valid problem.
func Decode(t testing.TB, body []byte) (p problem.Problem) {
	t.Helper()
	if err := Validate(body); err != nil {
		t.Errorf("%v: %.2000s", err, body)
	}
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%v: %.2000s", err, body)
	}
	return p
}

// CheckReading fails a test if the problem that callers would get of a reading is not valid: by the schema, with a
// status of an error that is the same on the wire, within its size, and in plain words.
func CheckReading(t testing.TB, a *document.Answer, r problem.Reading) {
	t.Helper()
	p := proxy.Problem("test", "Test", a, r)
	p.Instance = "urn:uuid:00000000-0000-4000-8000-000000000000" // what an exchange adds
	encoded := p.Encode()
	back := Decode(t, encoded)
	if back.Status != p.Status {
		t.Errorf("status %d became %d", p.Status, back.Status)
	}
	if len(encoded) > problem.MaxBytes+1 || !utf8.Valid(encoded) || len(back.Detail) > wording.MaxTextBytes {
		t.Errorf("%d bytes, detail of %d, UTF-8 %v", len(encoded), len(back.Detail), utf8.Valid(encoded))
	}
	if back.Detail == "" || strings.ContainsFunc(back.Detail, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		t.Errorf("detail %q", back.Detail)
	}
}
