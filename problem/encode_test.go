package problem_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"gateway/problem"
)

// TestProblemsAreWhatTheirTagsSay: no member is forgotten, misplaced or escaped in another way than encoding/json does.
func TestProblemsAreWhatTheirTagsSay(t *testing.T) {
	problems := rapid.MakeCustom[problem.Problem](rapid.MakeConfig{Types: map[reflect.Type]*rapid.Generator[any]{
		reflect.TypeFor[[]problem.Extension](): rapid.Just[any]([]problem.Extension(nil)), // which have no tags
	}})
	rapid.Check(t, func(t *rapid.T) {
		p := problems.Draw(t, "problem")
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(p); err != nil {
			t.Fatal(err)
		}
		if want.Len() > problem.MaxBytes {
			t.Skip("larger than a problem may be")
		}
		if got := p.Encode(); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("got  %s\nwant %s", got, want.Bytes())
		}
	})
}
