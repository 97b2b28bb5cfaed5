package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// successorPatience is how long a new process may take until it serves, even on a busy machine. Only the hand-over waits
// for it.
const successorPatience = 2 * time.Minute

// handOvers starts the program anew on SIGUSR2 and passes it the sockets, so that no connection is refused in between. It
// returns true when a successor serves, and false when ctx ends. A successor that fails changes nothing here.
func (g *gateway) handOvers(ctx context.Context, signals <-chan os.Signal) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-signals:
		}
		pid, err := g.handOver(ctx)
		if err == nil {
			g.log.Info("handed over", zap.Int("pid", pid))
			return true
		}
		g.log.Error("hand-over failed; this process goes on", zap.Error(err))
	}
}

// handOver starts a successor and waits until it serves.
func (g *gateway) handOver(ctx context.Context) (pid int, err error) {
	addresses, files, err := g.socketFiles()
	defer closeFiles(files)
	if err != nil {
		return 0, err
	}
	ready, theirs, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer ready.Close()
	cmd, err := successor(ctx, addresses, append([]*os.File{theirs}, files...))
	if err != nil {
		return 0, errors.Join(err, theirs.Close())
	}
	err = errors.Join(cmd.Start(), theirs.Close())
	if err != nil {
		return 0, err
	}
	g.log.Info("handing over", zap.String("program", cmd.Path), zap.Int("pid", cmd.Process.Pid), zap.Duration("patience", successorPatience))
	if err := awaitReady(ready); err != nil {
		_ = cmd.Process.Kill() // it may have ended by itself
		return 0, fmt.Errorf("%w: %w", err, cmd.Wait())
	}
	g.keepSocketPaths()
	pid = cmd.Process.Pid // Release forgets it
	return pid, cmd.Process.Release()
}

// successor is the command line of this process, with the program looked up again, because an update replaces the file or
// link.
func successor(ctx context.Context, addresses []string, files []*os.File) (*exec.Cmd, error) {
	path, err := exec.LookPath(os.Args[0])
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal(addresses)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), path, os.Args[1:]...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "LISTEN_") || strings.HasPrefix(pair, socketsVariable+"=")
	}), socketsVariable+"="+string(list))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = files
	return cmd, nil
}

// awaitReady waits for the byte that a successor writes when it serves. If the successor fails, the pipe ends without it.
func awaitReady(pipe *os.File) error {
	if err := pipe.SetReadDeadline(time.Now().Add(successorPatience)); err != nil {
		return err
	}
	if _, err := pipe.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("the new process did not serve within %s", successorPatience)
	} else if err != nil {
		return errors.New("the new process ended before it served; its own lines say why")
	}
	return nil
}

// socketFiles returns a copy of each listener's descriptor, and the configured address of each.
func (g *gateway) socketFiles() (addresses []string, files []*os.File, err error) {
	for _, l := range append(slices.Clone(g.callers), g.admin) {
		file, err := copyOf(l.Listener)
		if err != nil {
			return nil, files, err
		}
		addresses, files = append(addresses, l.address), append(files, file)
	}
	return addresses, files, nil
}

// copyOf does what a listener's File does, but leaves the descriptor non-blocking. A copy made by File becomes blocking
// when it is passed on, and so does the listener, because both share one file description. A blocking Accept cannot be
// ended.
func copyOf(l net.Listener) (*os.File, error) {
	raw, err := l.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var dupErr error
	err = raw.Control(func(own uintptr) { fd, dupErr = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(err, dupErr); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), l.Addr().String()), nil
}

// keepSocketPaths keeps unix sockets in the file system when this process closes them: they belong to the successor.
func (g *gateway) keepSocketPaths() {
	for _, l := range append(slices.Clone(g.callers), g.admin) {
		if unix, ok := l.Listener.(*net.UnixListener); ok {
			unix.SetUnlinkOnClose(false)
		}
	}
}

func closeFiles(files []*os.File) {
	for _, file := range files {
		file.Close()
	}
}

// announceReady reports that this process serves: to its predecessor, and to systemd (sd_notify(3)), which then takes it
// for the main process.
func announceReady(isSuccessor bool) error {
	_, err := daemon.SdNotify(false, fmt.Sprintf("%s\nMAINPID=%d", daemon.SdNotifyReady, os.Getpid()))
	if !isSuccessor {
		return err
	}
	pipe := os.NewFile(readyPipe, "ready")
	_, writeErr := pipe.Write([]byte{1})
	return errors.Join(err, writeErr, pipe.Close())
}
