package servertest_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"gateway/servertest"
)

const askedEnv = "SERVERTEST_PORTS"

// TestPortsAreGivenOnce: no two are alike, in this process and one that takes some at the same time.
func TestPortsAreGivenOnce(t *testing.T) {
	if first := os.Getenv(askedEnv); first != "" {
		from, _ := strconv.Atoi(first)
		if err := servertest.GiveFrom(from); err != nil {
			t.Fatal(err)
		}
		for range 200 {
			fmt.Println(servertest.Port(t))
		}
		fmt.Println("all")
		_, _ = os.Stdin.Read(make([]byte, 1)) // until the other has taken its own
		return
	}
	first := fmt.Sprint(servertest.Port(t))
	given := portsOfAnother(t, first)
	if given[first] {
		t.Errorf("%s was given twice", first)
	}
	for range 200 {
		if port := fmt.Sprint(servertest.Port(t)); given[port] {
			t.Errorf("%s was given twice", port)
		} else {
			given[port] = true
		}
	}
}

// portsOfAnother are those that were given to another process, from first on; it lives to the test's end.
func portsOfAnother(t *testing.T, first string) map[string]bool {
	t.Helper()
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPortsAreGivenOnce$")
	other.Env = append(os.Environ(), askedEnv+"="+first)
	hold, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = hold.Close()
		_ = other.Wait() // the test's end ends it
	})
	given := map[string]bool{}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "all"; {
		given[lines.Text()] = true
	}
	if len(given) != 200 {
		t.Fatalf("the other got %d ports", len(given))
	}
	return given
}
