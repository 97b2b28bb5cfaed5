package main

import (
	"context"
	"errors"
	"os"
	"time"

	"go.uber.org/zap"

	"gateway/configs"
	"gateway/proxy"
)

// reloadRequest asks the one goroutine that reloads. outcome receives nil, or why nothing changed.
type reloadRequest struct {
	reason  string
	outcome chan<- error
}

// reloads owns the handler that answers callers. SIGHUP, POST /-/reload and a change of the file meet in run, so that two
// reloads never overlap. Everything that can fail happens before the one pointer is swapped.
type reloads struct {
	file     *watchedFile // nil where the configuration comes from none
	build    func(*configs.Config) (*proxy.Handler, error)
	done     func(cfg *configs.Config, err error) // told of every outcome
	requests chan reloadRequest
	log      *zap.Logger
}

// run serves reloads until ctx ends.
func (r *reloads) run(ctx context.Context, hangups <-chan os.Signal, swap func(*proxy.Handler)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangups:
			_ = r.reload("SIGHUP", swap) // it is logged and counted
		case req := <-r.requests:
			req.outcome <- r.reload(req.reason, swap)
		}
	}
}

// reload reads the file again. After an error the old configuration continues to serve.
func (r *reloads) reload(reason string, swap func(*proxy.Handler)) error {
	if r.file == nil {
		return errors.New("there is no file to read again: the demo's configuration is built in")
	}
	start := time.Now()
	cfg, err := configs.Load(r.file.path)
	var next *proxy.Handler
	if err == nil {
		next, err = r.build(cfg)
	}
	r.done(cfg, err)
	if err != nil {
		r.log.Error("reload failed; the old configuration goes on", zap.String("reason", reason), zap.Error(err))
		return err
	}
	swap(next)
	r.log.Info("reloaded", zap.String("reason", reason), zap.Duration("took", time.Since(start)))
	return nil
}

// ask requests a reload and waits for its outcome.
func (r *reloads) ask(ctx context.Context, reason string) error {
	outcome := make(chan error, 1)
	select {
	case r.requests <- reloadRequest{reason, outcome}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-outcome:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watch asks for a reload whenever the file's bytes change.
func (r *reloads) watch(ctx context.Context) error {
	return r.file.watch(ctx, r.log, func() {
		// The outcome is in the log and the metric; nobody waits for it here.
		_ = r.ask(ctx, "the file changed")
	})
}
