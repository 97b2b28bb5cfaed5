package admin

import (
	"gateway/normalize"
	"gateway/proxy"
)

// Change is one member of a problem that the shadow profile would make another.
type Change struct {
	Member string `json:"member"`
	Live   string `json:"live"`
	Shadow string `json:"shadow"`
}

// shadowChanges compares how both profiles of an upstream read its answer. One whose body is longer than what is kept
// is left out: its beginning alone could be read as something else.
func shadowChanges(x proxy.Exchange) []normalize.Change {
	if x.Shadow == nil || x.Answer == nil || len(x.Answer.Body) >= maxBodyBytes && x.Answer.Cut {
		return nil
	}
	return normalize.Diff(x.Shadow.Live, x.Shadow.Tried, x.Answer)
}

func changesOf(changes []normalize.Change) []Change {
	out := make([]Change, len(changes))
	for i, c := range changes {
		out[i] = Change{c.Member, c.Old, c.New}
	}
	return out
}
