package servertest

import (
	"fmt"
	"os"

	"go.uber.org/goleak"
)

// looks is how often goroutines that are left are looked for, each time for half a second: net/http's servers take as long
// to close a connection, and clients to end a request whose answer came early.
const looks = 10

// RunWithoutLeaks runs a package's tests and returns its exit code, which tells of goroutines that outlive them too.
func RunWithoutLeaks(m interface{ Run() int }, foreign ...goleak.Option) int {
	code := m.Run()
	if code != 0 {
		return code
	}
	var left error
	for range looks {
		if left = goleak.Find(foreign...); left == nil {
			return 0
		}
	}
	fmt.Fprintln(os.Stderr, left)
	return 1
}
