package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// connections is how many wrk keeps busy.
const connections = "64"

var (
	completed = regexp.MustCompile(`(\d+) requests in`)
	refused   = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	broken    = regexp.MustCompile(`Socket errors: (.*)`)
)

// measure returns the CPU time in microseconds that the proxy spent on each request.
func (b *bench) measure(ctx context.Context, p proxy, c cell) (float64, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	requests, err := b.load(ctx, p, c)
	if err != nil {
		return 0, fmt.Errorf("%s, %s: %w", p.name, c.name, err)
	}
	after, err := p.cpu()
	return float64((after - before).Microseconds()) / float64(requests), err
}

// load sends requests for a while and counts those that were answered as they should.
func (b *bench) load(ctx context.Context, p proxy, c cell) (int, error) {
	args := []string{"-t1", "-c" + connections, "--timeout", "30s", "-d" + strconv.Itoa(int(b.span.Seconds()))}
	for _, header := range c.headers {
		args = append(args, "-H", header)
	}
	if c.script != "" {
		file := filepath.Join(b.dir, "wrk.lua")
		if err := os.WriteFile(file, []byte(c.script), 0o600); err != nil {
			return 0, err
		}
		args = append(args, "-s", file)
	}
	out, err := exec.CommandContext(ctx, "wrk", append(args, "http://"+p.address+c.target())...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w: %s", err, out)
	}
	return answered(out, c.fails)
}

// answered counts the answers that wrk tells of. All must be as they should.
func answered(out []byte, fails bool) (int, error) {
	all, failed := number(completed, out), number(refused, out)
	switch lost := broken.Find(out); {
	case all == 0, lost != nil:
		return 0, fmt.Errorf("wrk got %d answers; %s", all, lost)
	case !fails && failed > 0, fails && failed != all:
		return 0, fmt.Errorf("%d of %d answers were errors", failed, all)
	}
	return all, nil
}

func number(in *regexp.Regexp, text []byte) int {
	found := in.FindSubmatch(text)
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		return 0
	}
	return n
}
