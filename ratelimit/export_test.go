package ratelimit

import (
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// NewPatientRedis is NewRedis for tests of what holds while the store answers: it waits for as long as a busy machine takes.
func NewPatientRedis(url string) (*Redis, error) { return newRedis(url, 1, 20*time.Second) }

// NewRedisByOurClock is a store for the bubble of a test: a server whose scripts go by the bubble's clock. Close it there.
func NewRedisByOurClock(url string) (*Redis, error) {
	r, err := NewPatientRedis(url)
	if err == nil {
		r.client.AddHook(ourClock{})
	}
	return r, err
}

// Close ends what Run would have ended.
func (r *Redis) Close() error {
	r.calls.Wait()
	return r.client.Close()
}

// Beat is one heartbeat of Run.
func (r *Redis) Beat(ctx context.Context) { r.beat(ctx) }

// ourClock sends every script whole, behind a clock that is set before.
type ourClock struct{}

// clockScript stands before a script; TIME is asked of what was set.
const clockScript = `local server = redis
local redis = {call = function(command, ...)
  if command ~= 'TIME' then return server.call(command, ...) end
  local now = tonumber(server.call('GET', 'clock'))
  return {math.floor(now / 1000000), now % 1000000}
end}
`

func (ourClock) DialHook(next redis.DialHook) redis.DialHook { return next }

func (ourClock) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (ourClock) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		args := cmd.Args()
		if !strings.HasPrefix(cmd.Name(), "eval") {
			return next(ctx, cmd)
		}
		for _, s := range []struct {
			script *redis.Script
			source string
		}{{windowScript, learntSource + windowSource}, {restScript, restSource}, {aliveScript, aliveSource}, {ordersScript, ordersSource}} {
			if args[1] == s.script.Hash() {
				args[0], args[1] = "eval", clockScript+s.source
			}
		}
		if err := next(ctx, redis.NewStatusCmd(ctx, "set", "clock", time.Now().UnixMicro())); err != nil {
			return err
		}
		return next(ctx, cmd)
	}
}

// SentAt is when the limiter let the request through, which a busy machine may tell its caller late.
func (g Grant) SentAt() time.Time {
	g.gate.limiter.mu.Lock()
	defer g.gate.limiter.mu.Unlock()
	return g.gate.slots.cells[g.slot].since
}

// Take asks for n tokens of a limit at once and gives others back; it returns those that were leased.
func (r *Redis) Take(key string, l Limit, n int, unused []int64) ([]int64, error) {
	a, err := r.lease(question{key: key, tokens: n, span: time.Second, limits: []Limit{l}, unused: unused})
	return a.tokens, err
}
