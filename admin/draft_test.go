package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"gateway/admin"
	"gateway/normalize"
	"gateway/proxy"
)

// reader compiles rules for a profile called name.
func reader(t *testing.T, name string, rules ...normalize.Rule) *normalize.Reader {
	t.Helper()
	r, err := normalize.NewReader(&normalize.Profile{Name: name, Vendor: "Akeneo", Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatAShadowProfileWouldChangeIsTold(t *testing.T) {
	l := listen(t, nil)
	rule := normalize.Rule{Name: "violations", Match: normalize.Match{Status: []string{"422"}}, Type: normalize.ValidationFailed}
	other := rule
	other.Name, other.Type = "conflicts", normalize.Conflict
	same, differs := failed(1, "the same"), failed(2, "another of-the-gateway")
	same.Shadow = &proxy.Shadow{Live: reader(t, "live", rule), Tried: reader(t, "tried", rule)}
	differs.Shadow = &proxy.Shadow{Live: same.Shadow.Live, Tried: reader(t, "tried", other)}
	l.observe(t, 2, same, differs)
	list := l.groups(t, "differs=true")
	if list.Total != 1 || list.Groups[0].Differs != 1 {
		t.Fatalf("%+v", list)
	}
	changes := map[string]string{}
	for _, c := range list.Groups[0].Changes {
		changes[c.Member] = c.Live + " > " + c.Shadow
	}
	if changes["type"] != "validation-failed > conflict" || changes["rule"] != "violations > conflicts" {
		t.Errorf("%v", changes)
	}
}

// The beginning of a long body could be read as something else.
func TestAShadowProfileJudgesNoCutBodies(t *testing.T) {
	l := listen(t, nil)
	x := failed(1, "words")
	x.Answer.Body = []byte("[" + strings.Repeat(" ", 64<<10) + "]")
	x.Shadow = &proxy.Shadow{Live: reader(t, "live"), Tried: reader(t, "tried", normalize.Rule{
		Name: "all", Match: normalize.Match{Status: []string{"4xx"}}, Type: normalize.Conflict,
	})}
	l.observe(t, 1, x)
	if list := l.groups(t, "differs=true"); list.Total != 0 {
		t.Errorf("%+v", list)
	}
}

func TestADraftLoadsAndHoldsNoSecret(t *testing.T) {
	l := listen(t, nil)
	x := failed(1, "the-gateways-own-key opens nothing")
	x.Rule, x.Problem.Mapped = "", normalize.MappedHeuristic
	l.observe(t, 1, x)
	id := l.groups(t, "unmapped=true").Groups[0].ID
	var draft admin.Draft
	l.get(t, "/api/v1/failures/"+id+"/draft", &draft)
	if !strings.Contains(draft.Profile, "vendor: ") || !strings.Contains(draft.Samples, ".http --\n") || !strings.Contains(draft.Samples, "HTTP/1.1 422") {
		t.Errorf("%s\n%s", draft.Profile, draft.Samples)
	}
	for _, secret := range []string{"own-key", "of-the-caller", "of-the-vendor"} {
		if strings.Contains(draft.Profile+draft.Samples, secret) {
			t.Errorf("the draft holds %s", secret)
		}
	}
	x.Answer = nil
	x.Problem.Detail, x.InstanceID = "no answer came", "other"
	l.observe(t, 2, x)
	resp, body := l.send(t, call{"GET", "/api/v1/failures/" + l.groups(t, "q=no+answer").Groups[0].ID + "/draft", nil, ""})
	if resp.StatusCode != http.StatusConflict || !strings.Contains(body, "nothing can be drafted") {
		t.Errorf("%s: %s", resp.Status, body)
	}
}
