package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gateway/admin"
	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
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
	rule := normalize.Rule{Name: "violations", Match: normalize.Match{Status: []string{"422"}}, Type: problem.ValidationFailed}
	other := rule
	other.Name, other.Type = "conflicts", problem.Conflict
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

// passedSuccess is a success that the live profile passes and the tried one takes for an error if its body says so.
func passedSuccess(t *testing.T, body string) proxy.Exchange {
	t.Helper()
	x := failed(1, "")
	yes := true
	x.Problem, x.Rule, x.InstanceID, x.Answer, x.Code = nil, "", "", nil, 200
	x.Passed = &document.Answer{Method: "GET", Path: "/jobs", Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
	x.Shadow = &proxy.Shadow{Live: reader(t, "live"), Tried: reader(t, "tried", normalize.Rule{
		Name: "hides", Match: normalize.Match{Status: []string{"2xx"}, Body: map[string]normalize.Test{"/error": {Exists: &yes}}}, Type: problem.Conflict,
	})}
	return x
}

// What callers got as a success is no failure: it is among what the shadow profile would change, and nowhere else.
func TestAnErrorThatTheShadowSeesInASuccessIsTold(t *testing.T) {
	l := listen(t, nil)
	l.observe(t, 1, passedSuccess(t, `{"fine":true}`), passedSuccess(t, `{"error":"The job the-gateways-own-key is running."}`))
	for query, want := range map[string]int{"": 0, "unmapped=true": 0, "differs=true": 1} {
		if list := l.groups(t, query); list.Total != want {
			t.Errorf("%q gives %d groups, not %d", query, list.Total, want)
		}
	}
	g := l.groups(t, "differs=true").Groups[0]
	if !g.Passed || g.Type != problem.Conflict || g.Rule != "hides" || g.Changes[0] != (admin.Change{Member: "error", Live: "false", Shadow: "true"}) {
		t.Errorf("%+v", g)
	}
	o := l.find(t, "request-1")[0]
	if !o.Passed || o.Code != 200 || !strings.Contains(string(o.Problem), "is running") || !strings.Contains(o.Answer, "HTTP/1.1 200") || strings.Contains(o.Answer, "own-key") {
		t.Errorf("%+v", o)
	}
}

// Successes are many, and must not take the room of failures: nobody keeps any here.
func TestSuccessesLeaveRoomForFailures(t *testing.T) {
	l := listen(t, func(c *admin.Config) {
		c.Ring = admin.NewRing(admin.Limits{Failures: 10, Bytes: 1 << 20, For: time.Hour}, nil, func() string { return "" })
	})
	x := passedSuccess(t, `{"error":"x"}`)
	for range 1000 {
		l.ring.Observe(x)
	}
	for n := range 100 {
		l.ring.Observe(failed(n, "words"))
	}
	if kept := l.get(t, "/api/v1/status", nil)["kept"].(map[string]any); kept["lost"].(float64) != 0 {
		t.Errorf("%v failures are lost", kept["lost"])
	}
}

// The beginning of a long body could be read as something else.
func TestAShadowProfileJudgesNoCutBodies(t *testing.T) {
	l := listen(t, nil)
	x := failed(1, "words")
	x.Answer.Body = []byte("[" + strings.Repeat(" ", 64<<10) + "]")
	x.Shadow = &proxy.Shadow{Live: reader(t, "live"), Tried: reader(t, "tried", normalize.Rule{
		Name: "all", Match: normalize.Match{Status: []string{"4xx"}}, Type: problem.Conflict,
	})}
	l.observe(t, 1, x)
	if list := l.groups(t, "differs=true"); list.Total != 0 {
		t.Errorf("%+v", list)
	}
}

func TestADraftLoadsAndHoldsNoSecret(t *testing.T) {
	l := listen(t, nil)
	x := failed(1, "the-gateways-own-key opens nothing")
	x.Rule, x.Problem.Mapped = "", problem.MappedHeuristic
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
