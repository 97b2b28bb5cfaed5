package ratelimit_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"gateway/ratelimit"
)

// taking is one question of a gateway to the shared bucket: it gives tokens back and wants others.
type taking struct{ wants, gives int }

// taken is its answer.
type taken struct {
	tokens int
	lost   bool // no answer came: it may have been done, or not, or may be done yet
}

// bucket is what gateways must see of a limit of size: one bucket, one question after the other. It may give less than it
// has, as what is left is spread over time, and never more.
func bucket(size int) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{size} },
		Step: func(state, input, output any) []any {
			left, in, out := state.(int), input.(taking), output.(taken)
			left += in.gives
			most := min(in.wants, left)
			switch {
			case out.lost:
				states := []any{state}
				for n := range most + 1 {
					states = append(states, left-n)
				}
				return states
			case out.tokens <= most:
				return []any{left - out.tokens}
			}
			return nil
		},
	}
	return model.ToModel()
}

// history records what gateways asked and heard.
type history struct {
	mu         sync.Mutex
	start      time.Time
	operations []porcupine.Operation
}

func (h *history) record(client int, in taking, called time.Time, out taken) {
	h.mu.Lock()
	defer h.mu.Unlock()
	returned := time.Since(h.start)
	if out.lost {
		returned = time.Hour
	}
	h.operations = append(h.operations, porcupine.Operation{
		ClientId: client, Input: in, Call: int64(called.Sub(h.start)), Output: out, Return: int64(returned),
	})
}

// TestTheSharedBucketIsLinearizable: whatever gateways ask at once, and whatever connections break meanwhile, it is as if
// one had asked after the other.
func TestTheSharedBucketIsLinearizable(t *testing.T) {
	t.Parallel()
	const size, gateways, rounds = 20, 5, 60
	for _, program := range []string{"redis-server", "valkey-server"} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, program)
			h := &history{start: time.Now()}
			var group sync.WaitGroup
			for i := range gateways {
				group.Go(func() { h.ask(t, i, rounds, server, ratelimit.Limit{Requests: size, Per: time.Hour}) })
			}
			group.Wait()
			lost, given := 0, 0
			for _, o := range h.operations {
				given += o.Output.(taken).tokens
				if o.Output.(taken).lost {
					lost++
				}
			}
			t.Logf("%d questions, %d without an answer, %d tokens", len(h.operations), lost, given)
			if given <= size {
				t.Errorf("%d tokens were leased: those that were given back are lost", given)
			}
			if got := porcupine.CheckOperationsTimeout(bucket(size), h.operations, patience); got != porcupine.Ok {
				t.Errorf("the history is %v", got)
			}
			for i, o := range h.operations { // the check itself: as if each had been given what it asked for
				h.operations[i].Output = taken{tokens: o.Input.(taking).wants}
			}
			if got := porcupine.CheckOperationsTimeout(bucket(size), h.operations, patience); got != porcupine.Illegal {
				t.Errorf("with tokens that nobody had the history is %v", got)
			}
		})
	}
}

// ask is what one gateway does, on connections of which one breaks.
func (h *history) ask(t *testing.T, client, rounds int, server *redisServer, l ratelimit.Limit) {
	wire := layCable(t, server.Address)
	store, err := ratelimit.NewPatientRedis("redis://" + wire.Addr().String())
	if err != nil {
		t.Error(err)
		return
	}
	var held, known []int64
	for i := range rounds {
		if i == rounds/2 {
			go wire.cut() // in the middle of a question, or between two
		}
		var back []int64
		if i%4 == 3 && i/4 != rounds/8 { // seldom, so that the bucket is empty most of the time, and not when the connection breaks
			back = held[:rand.N(len(held)+1)]
		}
		in, called := taking{rand.N(4), len(back)}, time.Now()
		got, err := store.Take("bucket", l, in.wants, back, &known)
		h.record(client, in, called, taken{len(got), err != nil})
		held = append(held[len(back):], got...)
		if err == nil {
			continue
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if store, err = ratelimit.NewPatientRedis(server.url()); err != nil {
			t.Error(err)
			return
		}
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
