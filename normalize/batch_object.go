package normalize

import (
	"bytes"
	"encoding/json"

	"gateway/document"
	"gateway/problem"
)

// spanOf finds the object inside item that p leads to. item must be valid JSON; * stands for the first member.
func spanOf(p document.Pointer, item []byte) (from, to int, ok bool) {
	if !json.Valid(item) {
		return 0, 0, false
	}
	dec := json.NewDecoder(bytes.NewReader(item))
	for _, name := range p {
		if !enter(dec, name) {
			return 0, 0, false
		}
	}
	var object json.RawMessage
	if dec.Decode(&object) != nil || object[0] != '{' {
		return 0, 0, false
	}
	to = int(dec.InputOffset())
	return to - len(object), to, true
}

// enter moves dec, which stands before an object, to the value of the member called name.
func enter(dec *json.Decoder, name string) bool {
	if brace, err := dec.Token(); err != nil || brace != json.Delim('{') {
		return false
	}
	for dec.More() {
		member, err := dec.Token()
		if err != nil {
			return false
		}
		if name == "*" || name == member {
			return true
		}
		var other json.RawMessage
		if dec.Decode(&other) != nil {
			return false
		}
	}
	return false
}

// withProblem inserts p before the closing brace of the object raw[from:to], unless that already has a problem.
func withProblem(raw []byte, from, to int, p *problem.Problem) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw[from:to], &members) != nil {
		return raw
	}
	if _, taken := members["problem"]; taken {
		return raw
	}
	member := []byte(`,"problem":`)
	if len(members) == 0 {
		member = member[1:]
	}
	problem := bytes.TrimSuffix(p.Encode(), []byte("\n"))
	out := make([]byte, 0, len(raw)+len(member)+len(problem))
	out = append(append(append(out, raw[:to-1]...), member...), problem...)
	return append(out, raw[to-1:]...)
}
