package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// NewPatientRedis is NewRedis for tests of what holds while the store answers: it waits for as long as a busy machine takes.
func NewPatientRedis(url string) (*Redis, error) { return newRedis(url, 1, 20*time.Second) }

// Air is what gateways of a bubble tell each other by, at once and by the bubble's clock.
type Air struct {
	mu     sync.Mutex
	deaf   bool // messages are lost
	down   bool // the store does not answer
	stores []*Redis
}

// NewRedisByOurClock is a store for the bubble of a test: a server whose scripts go by the bubble's clock. Close it there.
func NewRedisByOurClock(url string, air *Air) (*Redis, error) {
	r, err := NewPatientRedis(url)
	if err == nil {
		r.client.AddHook(ourClock{air})
		air.mu.Lock()
		defer air.mu.Unlock()
		air.stores = append(air.stores, r)
	}
	return r, err
}

// Fail has messages be lost, or the store answer nothing.
func (a *Air) Fail(deaf, down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deaf, a.down = deaf, down
}

func (a *Air) isDown() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.down
}

// carry has every gateway hear a message.
func (a *Air) carry(topic, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.stores {
		if !a.deaf {
			r.calls.Go(func() { r.receive(topic, text) })
		}
	}
}

// Close ends what Run would have ended.
func (r *Redis) Close() error {
	r.calls.Wait()
	return r.client.Close()
}

// Heartbeat is how often.
const Heartbeat = heartbeat

// Beat is one heartbeat of Run.
func (r *Redis) Beat(ctx context.Context) { r.beat(ctx) }

var errDown = errors.New("the store is down")

// Forget empties the store's memory.
func (r *Redis) Forget(ctx context.Context) error { return r.client.FlushAll(ctx).Err() }

// ourClock sends every script whole, in one that has the bubble's time and keeps the messages for its air.
type ourClock struct{ air *Air }

// clockScript stands around a script.
const clockScript = `local server, now, messages = redis, tonumber(ARGV[#ARGV]), {}
local redis = {call = function(command, ...)
  if command == 'TIME' then return {math.floor(now / 1000000), now %% 1000000} end
  if command == 'PUBLISH' then return table.insert(messages, {...}) end
  return server.call(command, ...)
end}
local answer = (function() %s end)()
return {answer, messages}`

func (ourClock) DialHook(next redis.DialHook) redis.DialHook { return next }

func (ourClock) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (c ourClock) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	sources := map[any]string{}
	for script, source := range map[*redis.Script]string{
		windowScript: learntSource + slotsSource + windowSource, restScript: restSource, aliveScript: aliveSource, ordersScript: ordersSource,
	} {
		sources[script.Hash()] = fmt.Sprintf(clockScript, source)
	}
	return func(ctx context.Context, cmd redis.Cmder) error {
		switch {
		case c.air.isDown():
			cmd.SetErr(errDown)
			return errDown
		case !strings.HasPrefix(cmd.Name(), "eval"):
			return next(ctx, cmd)
		}
		args := append([]any{"eval", sources[cmd.Args()[1]]}, cmd.Args()[2:]...)
		whole := redis.NewSliceCmd(ctx, append(args, time.Now().UnixMicro())...)
		if err := next(ctx, whole); err != nil {
			cmd.SetErr(err)
			return err
		}
		cmd.(*redis.Cmd).SetVal(whole.Val()[0])
		for _, message := range whole.Val()[1].([]any) {
			c.air.carry(message.([]any)[0].(string), message.([]any)[1].(string))
		}
		return nil
	}
}

// SentAt is when the limiter let the request through, which a busy machine may tell its caller late.
func (g Grant) SentAt() time.Time {
	g.gate.limiter.mu.Lock()
	defer g.gate.limiter.mu.Unlock()
	return g.gate.slots.cells[g.slot].since
}

// Take asks for n tokens of a limit at once and gives others back; it returns those that were leased. known is when the memory
// began, as far as the one who asks knows.
func (r *Redis) Take(key string, l Limit, n int, unused []int64, known *[]int64) ([]int64, error) {
	a, err := r.lease(question{key: key, limits: []Limit{l}, Tokens: n, Span: time.Second.Microseconds(), Unused: unused, Known: *known})
	if err == nil {
		*known = []int64{a.born[0], 0}
	}
	return a.tokens, err
}
