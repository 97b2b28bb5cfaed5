package servertest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// Ports lie below those that the system gives to connections.
const (
	firstPort = 10_000
	portRange = 10_000
)

// Address returns one of this machine at which nothing listens. It is given once, in this process and in those that test other
// packages meanwhile: a server that is killed and started again finds it free, and no other test takes its place.
func Address(t testing.TB) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(Port(t)))
}

// Port is the port of an Address.
func Port(t testing.TB) int {
	t.Helper()
	taken, err := ports()
	if err != nil {
		t.Fatalf("the file of taken ports: %v", err)
	}
	for range portRange {
		if port := firstPort + int(taken.last.Add(1)%portRange); taken.take(port) && isFree(port) {
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// isFree is true where nothing listens.
func isFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// takenPorts is what the processes of one user that test at the same time share: each locks the bytes of its ports in a file,
// and the system opens the locks when it ends.
type takenPorts struct {
	file *os.File
	last atomic.Int64
}

// ports stays open to the process's end, as closing it would open the locks.
var ports = sync.OnceValues(func() (*takenPorts, error) {
	name := filepath.Join(os.TempDir(), fmt.Sprintf("gateway-test-ports-%d", os.Getuid()))
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &takenPorts{file: file}
	p.last.Store(rand.Int64N(portRange))
	return p, nil
})

// take is false where another process has taken the port.
func (p *takenPorts) take(port int) bool {
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: int64(port), Len: 1}
	return syscall.FcntlFlock(p.file.Fd(), syscall.F_SETLK, &lock) == nil
}
