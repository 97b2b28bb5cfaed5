package normalize_test

import (
	"encoding/json"
	"testing"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
	"gateway/problemtest"
)

// readValid is what r makes of an answer; the problem that callers get of it must be valid.
func readValid(t testing.TB, r *normalize.Reader, a *document.Answer) (problem.Reading, bool) {
	t.Helper()
	reading, isError := r.Read(a)
	if isError {
		problemtest.CheckReading(t, a, reading)
	}
	return reading, isError
}

// A vendor's member that many decoders would take for one of ours is left out, whatever its case.
func TestExtensionsDoNotShadowMembers(t *testing.T) {
	p := problem.Problem{Status: 404, Extensions: []problem.Extension{{Name: "Status", Value: 42}, {Name: "\u017ftatus", Value: 43}, {Name: "balance", Value: 30}}}
	var back struct{ Status, Balance int }
	if err := json.Unmarshal(p.Encode(), &back); err != nil || back.Status != 404 || back.Balance != 30 {
		t.Errorf("%v: %+v of %s", err, back, p.Encode())
	}
}
