package proxy_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gateway/configs"
)

// problemSchema is what "gateway schema problem" prints.
var problemSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	data, err := configs.Schema("problem")
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("problem", doc); err != nil {
		return nil, err
	}
	return c.Compile("problem")
})

// checkSchema fails the test for a problem that its own schema does not allow.
func checkSchema(t testing.TB, body []byte) {
	t.Helper()
	schema, err := problemSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%v: %s", err, body)
	}
}
