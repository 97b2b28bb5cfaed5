package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gateway/admin"
	"gateway/configs"
)

// TestADraftedRuleIsPastedAndPasses: what the page drafts for an answer that a profile does not know is pasted as it says
// there, gateway check is content, and the answer is mapped by the rule from then on.
func TestADraftedRuleIsPastedAndPasses(t *testing.T) {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, `{"oops":{"text":"The kettle \"K-7\" is empty.","kind":"KETTLE"},"access_token":"callers-own-token"}`)
	}))
	defer vendor.Close()
	akeneo, err := configs.FindProfile("akeneo")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("akeneo.yaml", string(akeneo.Source))
	write("akeneo.txtar", string(akeneo.Samples))
	upstream := fmt.Sprintf("upstreams: {pim: {url: '%s', profile: %s/akeneo.yaml}}\n", vendor.URL, folder)
	g := startGateway(t, upstream)
	g.call(t, http.MethodGet, "/pim/x?key=callers-own-key", "", nil)
	g.keptUp(t, 1)

	var list admin.GroupList
	_, body := get(t, g.admin+"/api/v1/failures?unmapped=true")
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Groups) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	var draft admin.Draft
	_, body = get(t, g.admin+"/api/v1/failures/"+list.Groups[0].ID+"/draft")
	if err := json.Unmarshal([]byte(body), &draft); err != nil || draft.Into != "akeneo" || strings.Contains(body, "callers-own") {
		t.Fatalf("%v: %s", err, body)
	}
	const after = "\nhints:\n" // what follows the rules in this profile
	source := string(akeneo.Source)
	if strings.Count(source, after) != 1 {
		t.Fatal("the profile has changed its order")
	}
	write("akeneo.yaml", strings.Replace(source, after, "\n"+draft.Rules+after, 1))
	write("akeneo.txtar", string(akeneo.Samples)+draft.Samples)
	file := write("gateway.yaml", upstream)
	if code, out, errs := runCommandLine(t, "check", "--config", file); code != exitOK {
		t.Errorf("%s%s\n%s\n%s", out, errs, draft.Rules, draft.Samples)
	}
	answer := write("answer.http", "> GET /x\nHTTP/1.1 418 x\nContent-Type: application/json\n\n{\"oops\":{\"text\":\"The kettle is full.\",\"kind\":\"KETTLE\"}}")
	code, out, errs := runCommandLine(t, "explain", "--profile", filepath.Join(folder, "akeneo.yaml"), answer)
	if code != exitOK || !strings.Contains(out, "rule ") || !strings.Contains(out, "The kettle is full.") {
		t.Errorf("%s%s", out, errs)
	}
}
