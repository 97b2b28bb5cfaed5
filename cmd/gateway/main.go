// Command gateway is a reverse proxy through which a company's services call third-party APIs. Behind it every
// error is one application/problem+json document (RFC 9457), and every vendor's quota is kept.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// stdio is what a command reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// command is one word of the command line.
type command struct {
	name    string
	args    string
	summary string
	run     func(ctx context.Context, io stdio, args []string) error
}

// commands lists every command in the order of the help.
func commands() []command {
	return []command{
		{"run", "--config FILE", "serve; SIGTERM drains, SIGHUP reloads, SIGUSR2 hands over", runCommand},
		{"demo", "", "the gateway and three pretend vendors, with requests to try", demoCommand},
		{"check", "--config FILE [--json]", "validate a configuration and its profiles, run their samples", checkCommand},
		{"explain", "--profile P [FILE]", "print the problem and the rule for a raw HTTP answer; --diff OLD NEW FILE… compares profiles", explainCommand},
		{"profiles", "[NAME] | draft FILE…", "list the built-in profiles, print one, or draft one from recorded answers", profilesCommand},
		{"schema", "[config|profile|problem]", "print a JSON Schema", schemaCommand},
		{"health", "[--admin ADDRESS]", "ask a running gateway whether it is ready", healthCommand},
		{"pause", "UPSTREAM --reason TEXT", "let nothing of an upstream, or of a --consumer, through", pauseCommand},
		{"resume", "UPSTREAM", "end a pause", resumeCommand},
		{"cooldown", "UPSTREAM (--for TIME --reason TEXT | --clear)", "send nothing for a while, or end every cool-down", coolDownCommand},
		{"version", "", "print version, revision and Go version", versionCommand},
	}
}

// usageError is a wrong use of the command line: exit code 2.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func main() {
	// SIGINT ends the demo and the one-shot commands; run handles its signals itself.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := dispatch(ctx, stdio{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// dispatch runs the command that args name and returns the exit code.
func dispatch(ctx context.Context, std stdio, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(std.err, usage())
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		fmt.Fprint(std.out, usage())
		return exitOK
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return report(std.err, c, c.run(ctx, std, args[1:]))
		}
	}
	fmt.Fprintf(std.err, "gateway: there is no command %q; \"gateway help\" lists them\n", args[0])
	return exitUsage
}

// report writes err in sentences and turns it into an exit code.
func report(w io.Writer, c command, err error) int {
	switch {
	case err == nil, errors.Is(err, errHelp):
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	}
	if wrong, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintf(w, "gateway %s: %s\nusage: gateway %s %s\n", c.name, wrong.text, c.name, c.args)
		return exitUsage
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(w, "gateway %s: %s\n", c.name, line)
	}
	return exitFailed
}

// errReported marks a failure that is already reported on the output.
var errReported = errors.New("reported")

func usage() string {
	var b strings.Builder
	b.WriteString("usage: gateway COMMAND\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-58s %s\n", strings.TrimSpace(c.name+" "+c.args), c.summary)
	}
	b.WriteString("\nExit codes: 0 fine, 1 it failed, 2 wrong usage.\n")
	return b.String()
}
