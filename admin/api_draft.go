package admin

import (
	"net/http"
	"time"

	"gateway/document"
	"gateway/draft"
)

// Draft is what would map the answers of a group: rules for the upstream's profile, with a sample each, or a first profile
// where it has none. Profile loads, and Samples pass with it.
type Draft struct {
	Into    string   `json:"into,omitempty"`  // the profile that Rules are for; missing: Profile is a new one
	Rules   string   `json:"rules,omitempty"` // YAML, for the end of its rules
	Samples string   `json:"samples"`         // txtar, for the end of the file beside it
	Profile string   `json:"profile"`         // YAML, with Rules in it; empty where they have no place that could be found
	Skipped []string `json:"skipped,omitempty"`
}

// draft makes rules from the kept answers of a group: /api/v1/failures/{id}/draft. Secrets are removed before.
func (c Config) draft(r *http.Request) (any, error) {
	g, kept, ok := c.Ring.store.group(r.PathValue("id"), time.Now())
	if !ok {
		return nil, errGroupGone
	}
	made, err := c.Draft(g.Upstream, c.recorded(kept))
	if err != nil {
		return nil, &apiError{http.StatusConflict, "nothing can be drafted of this group: " + err.Error()}
	}
	return made, nil
}

// recorded are the answers of occurrences as they are shown.
func (c Config) recorded(kept []*occurrence) []draft.Recorded {
	var out []draft.Recorded
	for _, o := range kept {
		if o.Answer == nil || o.cut {
			continue
		}
		a, err := document.ParseAnswer([]byte(c.Ring.redact.answer(o.Answer, false)))
		if err == nil {
			out = append(out, draft.Recorded{Name: sampleName(o), Source: o.InstanceID, Answer: a})
		}
	}
	return out
}

// sampleName distinguishes the samples of one file.
func sampleName(o *occurrence) string {
	return string(o.key.typ) + "-" + o.InstanceID[max(0, len(o.InstanceID)-6):]
}
