package admin

import (
	"github.com/google/uuid"

	"gateway/normalize"
	"gateway/proxy"
)

// Change is one member of a problem that would differ under the shadow profile.
type Change struct {
	Member string `json:"member"`
	Live   string `json:"live"`
	Shadow string `json:"shadow"`
}

// shadowChanges compares how both profiles of an upstream read its answer. It leaves out an answer whose body is longer
// than what is kept, because its beginning alone could be read differently.
func shadowChanges(x proxy.Exchange) []normalize.Change {
	if x.Shadow == nil || x.Answer == nil || len(x.Answer.Body) >= maxBodyBytes && x.Answer.Cut {
		return nil
	}
	return normalize.Diff(x.Shadow.Live, x.Shadow.Tried, x.Answer, x.Shadow.Successes)
}

// suspected is a success in which the shadow profile sees an error, with the problem that it would become; nil if it sees
// none.
func suspected(x proxy.Exchange, bodies bool) *occurrence {
	reading, isError := x.Shadow.Tried.ReadAs(x.Passed, x.Shadow.Successes)
	if !isError {
		return nil
	}
	x.Answer, x.Rule, x.InstanceID = x.Passed, reading.Rule, uuid.NewString()
	x.Problem = proxy.Problem(x.Upstream, x.Shadow.Tried.Vendor(), x.Passed, reading)
	o := newOccurrence(x, bodies)
	o.key.passed = true
	return o
}

func changesOf(changes []normalize.Change) []Change {
	out := make([]Change, len(changes))
	for i, c := range changes {
		out[i] = Change{c.Member, c.Old, c.New}
	}
	return out
}
