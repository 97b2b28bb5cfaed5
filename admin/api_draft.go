package admin

import (
	"net/http"
	"strings"
	"time"

	"gateway/normalize"
)

// Draft is a first rule for a group, as a profile of its own with its samples. It loads, and the samples pass.
type Draft struct {
	Profile string   `json:"profile"` // YAML
	Samples string   `json:"samples"` // txtar, for the file beside it
	Skipped []string `json:"skipped,omitempty"`
}

// draft makes rules of what is kept of a group: /api/v1/failures/{id}/draft. Secrets are taken out before.
func (c Config) draft(r *http.Request) (any, error) {
	g, kept, ok := c.Ring.store.group(r.PathValue("id"), time.Now())
	if !ok {
		return nil, errGroupGone
	}
	drafted, err := normalize.Draft(profileName(g.Upstream), c.vendorOf(g.Upstream), c.recorded(kept))
	if err != nil {
		return nil, &apiError{http.StatusConflict, "nothing can be drafted of this group: " + err.Error()}
	}
	return Draft{string(drafted.Profile), string(drafted.Samples), drafted.Skipped}, nil
}

// recorded are the answers of occurrences as they are shown.
func (c Config) recorded(kept []*occurrence) []normalize.Recorded {
	var out []normalize.Recorded
	for _, o := range kept {
		if o.Answer == nil || o.cut {
			continue
		}
		a, err := normalize.ParseAnswer([]byte(c.Ring.redact.answer(o.Answer, false)))
		if err == nil {
			out = append(out, normalize.Recorded{Name: sampleName(o), Source: o.InstanceID, Answer: a})
		}
	}
	return out
}

// sampleName tells samples of one file apart.
func sampleName(o *occurrence) string {
	return string(o.key.typ) + "-" + o.InstanceID[max(0, len(o.InstanceID)-6):]
}

// profileName is what a profile for an upstream may be called.
func profileName(upstream string) string { return strings.ReplaceAll(upstream, "_", "-") }

// vendorOf is the company behind an upstream, as its profile writes it; else the upstream's name stands for it.
func (c Config) vendorOf(upstream string) string {
	for _, p := range c.Profiles() {
		for _, user := range p.Upstreams {
			if user == upstream && p.Vendor != "" {
				return p.Vendor
			}
		}
	}
	return upstream
}
