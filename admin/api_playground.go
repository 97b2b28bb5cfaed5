package admin

import "net/http"

// Question is what the playground asks: what would the gateway make of this answer?
type Question struct {
	Profile string `json:"profile"` // a profile's name; "": the generic reader
	YAML    string `json:"yaml"`    // instead of it: a profile as it would stand in a file
	Request string `json:"request"` // the request that was answered, as in "PATCH /path"; "": as the answer says, else GET /
	Answer  string `json:"answer"`  // as curl -si prints it
}

// Profile is a profile that can be chosen and edited.
type Profile struct {
	Name      string   `json:"name"`
	Vendor    string   `json:"vendor"`
	Upstreams []string `json:"upstreams"` // that use it
	YAML      string   `json:"yaml,omitempty"`
}

// explain answers a Question. It only reads: nothing of the profile or the answer is kept or executed.
func (c Config) explain(r *http.Request) (any, error) {
	var q Question
	if err := readJSON(r, &q); err != nil {
		return nil, err
	}
	return c.Explain(q)
}

// profiles lists them without their text.
func (c Config) profiles(*http.Request) (any, error) {
	list := c.Profiles()
	for i := range list {
		list[i].YAML = ""
	}
	return map[string]any{"profiles": list}, nil
}

func (c Config) profile(r *http.Request) (any, error) {
	for _, p := range c.Profiles() {
		if p.Name == r.PathValue("name") {
			return p, nil
		}
	}
	return nil, &apiError{http.StatusNotFound, "there is no such profile; /api/v1/profiles lists them"}
}
