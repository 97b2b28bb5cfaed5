package main

import (
	"context"
	"os/signal"
	"syscall"

	"gateway/configs"
	"gateway/proxy"
)

// runCommand serves until SIGTERM or SIGINT.
func runCommand(ctx context.Context, std stdio, args []string) error {
	flags := newFlags("run")
	file := flags.String("config", "", "the configuration `file`")
	if _, err := parse(std, flags, args, 0); err != nil {
		return err
	}
	if *file == "" {
		return usagef("say which configuration to use: --config FILE")
	}
	signal.Ignore(syscall.SIGPIPE) // whoever reads the log may go before the gateway does
	watched := newWatchedFile(*file)
	cfg, err := configs.Load(*file)
	if err != nil {
		return err
	}
	shared := proxy.NewShared()
	lines := bufferLines(cfg.Log, std.err)
	defer func() { _ = lines.Stop() }() // the last lines on a closed pipe are nobody's loss
	log, err := newLogger(cfg.Log, shared.Secrets(), lines)
	if err != nil {
		return err
	}
	inherited, err := inheritSockets()
	if err != nil {
		return err
	}
	g, err := newGateway(ctx, cfg, watched, shared, inherited, log)
	if err != nil {
		return err
	}
	g.isSuccessor = inherited.ofPredecessor
	collectLess(ctx)
	return g.run(ctx)
}
