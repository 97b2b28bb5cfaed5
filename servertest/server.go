// Package servertest runs what tests need beside the gateway: servers of others on addresses that no other test has, and waiting
// that ends. Only tests import it.
package servertest

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// patience is how long a test waits for something that must happen. It is long, because it ends only where that never
// happens.
const patience = 2 * time.Minute

// Server is a program that a test has to itself, until it ends.
type Server struct {
	Address string
	process *exec.Cmd
}

// Start runs a program that will listen on address and returns when it does.
func Start(t testing.TB, address, program string, args ...string) *Server {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		path = "/usr/sbin/" + program // not in everybody's PATH
	}
	s := &Server{address, exec.Command(path, args...)}
	s.process.Stderr = t.Output()
	if err := s.process.Start(); err != nil {
		t.Fatalf("%v; \"make deps\" installs it", err)
	}
	t.Cleanup(s.Kill)
	for end := time.Now().Add(patience); !s.answers(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not listen on %s", program, address)
		}
	}
	return s
}

func (s *Server) answers() bool {
	conn, err := net.DialTimeout("tcp", s.Address, time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// Kill ends it at once, as kill -9 does; its address stays the test's.
func (s *Server) Kill() {
	_ = s.process.Process.Kill() // it may have ended
	_ = s.process.Wait()         // which tells of the signal
}

// Signal sends it a signal.
func (s *Server) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// Receive returns the next of what must come.
func Receive[T any](t testing.TB, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("%s has not come", what)
	}
	return v
}
