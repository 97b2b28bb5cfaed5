package servertest

import (
	"cmp"
	"net"
	"os"
	"os/exec"
	"testing"
)

// StoreProgram is the store that tests start: STORE of the environment names Valkey's.
func StoreProgram() string { return cmp.Or(os.Getenv("STORE"), "redis-server") }

// StartStore runs a store with an empty memory on an address of its own, with further options of its command line.
func StartStore(t testing.TB, options ...string) *Server {
	t.Helper()
	return StartStoreAt(t, StoreProgram(), Address(t), options...)
}

// StartStoreAt is StartStore for one program and address. The test is skipped where the machine lacks the program.
func StartStoreAt(t testing.TB, program, address string, options ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("no " + program + ": make deps installs what Debian has of it")
	}
	host, port, _ := net.SplitHostPort(address)
	return Start(t, address, program, append([]string{
		"--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir(),
	}, options...)...)
}

// Ask has redis-cli ask a store.
func (s *Server) Ask(t testing.TB, args ...string) string {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.Address)
	out, err := exec.CommandContext(t.Context(), "redis-cli", append([]string{"-h", host, "-p", port}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
	return string(out)
}
