package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// process is a program that was started here, with its children.
type process struct {
	cmd *exec.Cmd
	log string // file of its output
}

func startProcess(log string, command []string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // what is measured; stop ends it
	cmd.Stdout, cmd.Stderr = out, out
	return &process{cmd, log}, cmd.Start()
}

// await waits until something listens.
func (p *process) await(ctx context.Context, address string) error {
	for range 200 {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	text, _ := os.ReadFile(p.log) // the other error is told
	return fmt.Errorf("it does not listen on %s; it said: %s", address, text)
}

func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(os.Interrupt) // it may have ended by itself
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-done
	}
}

// ids are those of the process and its children.
func (p *process) ids() []string {
	own := strconv.Itoa(p.cmd.Process.Pid)
	children, err := os.ReadFile("/proc/" + own + "/task/" + own + "/children")
	if err != nil {
		return []string{own}
	}
	return append(strings.Fields(string(children)), own)
}

// tick is the unit of times in /proc/PID/stat (USER_HZ).
const tick = 10 * time.Millisecond

// cpu is the time that the process and its children have spent, user and system.
func (p *process) cpu() (sum time.Duration, err error) {
	for _, id := range p.ids() {
		stat, err := os.ReadFile("/proc/" + id + "/stat")
		if err != nil {
			return 0, err
		}
		spent, err := parseStat(string(stat))
		if err != nil {
			return 0, err
		}
		sum += spent
	}
	return sum, nil
}

// parseStat reads user and system time, the 14th and the 15th field of /proc/PID/stat. The name in the second one may
// hold spaces and parentheses.
func parseStat(stat string) (sum time.Duration, err error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat cannot be read")
	}
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// residentKiB is the memory in RAM of the process and its children.
func (p *process) residentKiB() (sum int64, err error) {
	for _, id := range p.ids() {
		status, err := os.ReadFile("/proc/" + id + "/status")
		if err != nil {
			return 0, err
		}
		n, err := parseResident(string(status))
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// parseResident reads VmRSS of /proc/PID/status, in KiB.
func parseResident(status string) (int64, error) {
	_, rest, _ := strings.Cut(status, "VmRSS:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	return strconv.ParseInt(number, 10, 64)
}
