package main

import (
	"net/http"
	"os"
	"testing"
	"time"

	"gateway/servertest"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain lets the scripts run this very binary as "gateway" and finds goroutines that outlive the tests.
func TestMain(m *testing.M) {
	os.Setenv("PEBBLE_VA_NOSLEEP", "1")
	os.Setenv("PEBBLE_WFE_NONCEREJECT", "20") // percent of good nonces
	testscript.Main(leakChecked{m}, map[string]func(){"gateway": main, panicking: mainThatPanics, flooder: mainThatFloods, bare: mainThatIsBare})
}

// foreign are goroutines that certmagic and pebble keep for the life of a process.
var foreign = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.(*RingBufferRateLimiter).loop"),
	goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"),
	goleak.IgnoreAnyFunction("github.com/letsencrypt/pebble/v2/va.VAImpl.processTasks"),
}

// leakChecked runs the tests and fails where a goroutine is left.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int { return servertest.RunWithoutLeaks(m.M, foreign...) }

// TestScripts tests every command as its user meets it: testdata/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"ready": ready},
	})
}

// ready waits until the gateway whose admin socket is args[0] says that it is: a background command needs its time.
func ready(ts *testscript.TestScript, _ bool, args []string) {
	client, url := adminClient("unix:" + ts.MkAbs(args[0]))
	defer client.CloseIdleConnections()
	deadline, tick := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for {
		if resp, err := client.Get(url + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-deadline:
			ts.Fatalf("no gateway became ready on %s", args[0])
		case <-tick.C:
		}
	}
}
