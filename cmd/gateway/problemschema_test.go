package main

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gateway/configs"
)

// problemSchema is what `gateway schema problem` prints.
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

// againstSchema says what of a problem its own schema does not allow.
func againstSchema(t *testing.T, body []byte) error {
	t.Helper()
	schema, err := problemSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("no JSON: %w", err)
	}
	return schema.Validate(doc)
}

// Whatever vendors send that no profile knows, callers get problems that the schema allows.
func TestProblemsOfUnseenVendorsAreValid(t *testing.T) {
	for _, name := range []string{"unseen/tuned", "unseen/measured"} {
		cases := readCorpus(t, name)
		gw := startGateway(t, fmt.Sprintf("upstreams:\n  v: {url: %q, errors_in_success: auto, throttle: {mode: \"off\"}, retry: {attempts: 1}, breaker: {enabled: false}}\n",
			replayVendor(t, cases)))
		for i, c := range cases {
			resp, body := c.send(t, gw.callers+"/v"+c.Request.Path, i)
			if resp.StatusCode < 400 {
				continue // not seen as an error: its bytes are the vendor's
			}
			if err := againstSchema(t, body); err != nil {
				t.Errorf("%s: %v", c.ID, err)
			}
		}
	}
}
