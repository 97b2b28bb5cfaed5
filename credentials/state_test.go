package credentials_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/credentials"
)

func refreshGrant(file string) credentials.Config {
	return credentials.Config{OAuth2: &credentials.OAuth2{
		Grant: "refresh_token", TokenURL: "https://login.example/token", ClientID: "id", ClientSecret: "client-secret",
		RefreshToken: "refresh-0", StateFile: file,
	}}
}

// rotating is an endpoint that takes each refresh token once, as Accelo's does.
type rotating struct {
	mu      sync.Mutex
	current string
	n       int
}

func (r *rotating) answer(int, *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	r.current = fmt.Sprintf("refresh-%d", r.n)
	return answer(200, fmt.Sprintf(`{"access_token":"access-%d","expires_in":3600,"refresh_token":%q}`, r.n, r.current)), nil
}

// TestReplacedRefreshTokenSurvivesARestart in a file for the gateway alone.
func TestReplacedRefreshTokenSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "accelo.json")
	vendor := &rotating{}
	for process := range 3 {
		s := newStage(t, refreshGrant(file))
		s.endpoint.answer = vendor.answer
		s.code(t)
		if got, want := s.endpoint.calls[0].Get("refresh_token"), fmt.Sprintf("refresh-%d", process); got != want {
			t.Errorf("process %d sent %q, want %q", process, got, want)
		}
		if got := s.secrets.String("new: " + vendor.current); got != "new: <secret>" {
			t.Errorf("%q", got)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v %v", left, err)
	}
	changed := refreshGrant(file)
	changed.OAuth2.RefreshToken = "given-anew"
	s := newStage(t, changed)
	s.code(t)
	if got := s.endpoint.calls[0].Get("refresh_token"); got != "given-anew" {
		t.Errorf("after a new one was configured %q was sent", got)
	}
}

// TestTwoProcessesShareARefreshToken, as while one hands over to the other: each uses what the other got.
func TestTwoProcessesShareARefreshToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "accelo.json")
	vendor := &rotating{}
	stages := []*stage{newStage(t, refreshGrant(file)), newStage(t, refreshGrant(file))}
	var all sync.WaitGroup
	for _, s := range stages {
		s.endpoint.answer = vendor.answer
		all.Go(func() { s.code(t) })
	}
	all.Wait()
	sent := map[string]bool{}
	for _, s := range stages {
		sent[s.endpoint.calls[0].Get("refresh_token")] = true
	}
	if diff := cmp.Diff(map[string]bool{"refresh-0": true, "refresh-1": true}, sent); diff != "" {
		t.Error(diff)
	}
}

// TestReplacedRefreshTokenIsUsedWithoutAFile too, while the process lives.
func TestReplacedRefreshTokenIsUsedWithoutAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &rotating{}
		s := newStage(t, refreshGrant(""))
		s.endpoint.answer = vendor.answer
		s.code(t)
		s.vendor.answer = accepting("access-2")
		<-time.After(time.Minute)
		s.code(t)
		if got := s.endpoint.calls[1].Get("refresh_token"); got != "refresh-1" {
			t.Errorf("sent %q", got)
		}
	})
}

// TestTokenIsUsedThoughItsStateCannotBeSaved, and the status tells.
func TestTokenIsUsedThoughItsStateCannotBeSaved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, refreshGrant(filepath.Join(folder, "accelo.json")))
	s.endpoint.answer = (&rotating{}).answer
	locked := filepath.Join(folder, "accelo.json")
	if err := os.Mkdir(locked, 0o700); err != nil { // nothing can be renamed onto a folder
		t.Fatal(err)
	}
	if code := s.code(t); code != 200 {
		t.Fatal(code)
	}
	if got := s.store.Status()[0].LastError; !strings.HasPrefix(got, "The new refresh token could not be saved; a restart would lose it.") {
		t.Errorf("%q", got)
	}
}

// TestStateFileIsCheckedAtLoad with a sentence that says what to do.
func TestStateFileIsCheckedAtLoad(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := `{"seed":"x","refresh_token":"y","saved":"2026-11-24T00:00:00Z"}`
	for file, want := range map[string]string{
		filepath.Join(folder, "new.json"):              "",
		write("good.json", good, 0o600):                "",
		write("open.json", good, 0o644):                ": others may read it; chmod 600 it",
		write("broken.json", `{"seed":"x","re`, 0o600): ": is no state file; remove it, and the configured refresh token is used",
		folder: ": is no state file",
		filepath.Join(folder, "no", "folder.json"): ": its folder does not exist; make it, for the gateway's user alone",
	} {
		err := credentials.ValidateAll([]credentials.Config{refreshGrant(file)})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", file, err)
		case want != "" && (err == nil || err.Error() != "[0].oauth2.state_file: "+file+want):
			t.Errorf("got  %v\nwant [0].oauth2.state_file: %s%s", err, file, want)
		}
	}
	if syscall.Geteuid() != 0 { // root may write anywhere
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		if err := credentials.ValidateAll([]credentials.Config{refreshGrant(filepath.Join(folder, "new.json"))}); err == nil {
			t.Error("a folder that cannot be written to was taken")
		}
	}
}
