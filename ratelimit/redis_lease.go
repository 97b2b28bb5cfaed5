package ratelimit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// question is what a gateway asks of one quota key: tokens, slots, and what it has to tell.
type question struct {
	key      string
	tokens   int
	span     time.Duration // within which they may lie
	patience time.Duration // until the first
	most     int           // slots there are; 0: unlimited
	slots    int           // wanted
	busy     int           // in use
	limits   []Limit
	unused   []int64       // tokens that were leased and not used, by Redis's clock
	unpaid   []unpaidSends // sends without a token
	known    bool          // a memory was known before
	lessons  *lessons      // nil: none
}

// unpaidSends are sends that the store does not know of, as JSON of the script: age in microseconds, number.
type unpaidSends [2]int64

// answer is what is leased.
type answer struct {
	now      int64 // Redis's clock, in microseconds, like all that follows
	rest     int64 // end of the cool-down; past or 0: none
	why      string
	slots    int
	pressed  bool  // other gateways lack slots
	born     int64 // when the memory began
	next     int64 // when the next token comes, where none was leased
	left     []int // of each limit
	known    known
	tokens   []int64
	received time.Time
}

// at is a time of Redis's clock by ours: never too early, late by no more than the answer took.
func (l *answer) at(stamp int64) time.Time {
	return l.received.Add(time.Duration(stamp-l.now) * time.Microsecond)
}

// validity is how long after its time a token may be used. Windows remember sends for so much longer.
func validity(per time.Duration) time.Duration { return min(per*3/200, 30*time.Second) }

// steps is into how many parts a window is divided, each of which is remembered as of its end.
const steps = 400

// sharedWindow is a limit as the script takes it.
func sharedWindow(l Limit) [4]int64 {
	keep := l.Per + margin(l.Per) + validity(l.Per)
	return [4]int64{int64(l.Requests), keep.Microseconds(), max(1, l.Per.Microseconds()/steps), int64(l.burst())}
}

// lease asks. Keys of one quota key are in one slot of a Cluster.
func (r *Redis) lease(q question) (answer, error) {
	keys := []string{"gateway:{" + q.key + "}:rest", "gateway:{" + q.key + "}:slots", "gateway:{" + q.key + "}:learnt"}
	windows := make([][4]int64, len(q.limits))
	for i, l := range q.limits {
		windows[i] = sharedWindow(l)
		keys = append(keys, fmt.Sprintf("gateway:{%s}:%d", q.key, l.Per.Microseconds()))
	}
	known := "0"
	if q.known {
		known = "1"
	}
	lessons := ""
	if q.lessons != nil {
		data, _ := json.Marshal(q.lessons) // strings and numbers always can be
		lessons = string(data)
	}
	fields, err := call(r, func(ctx context.Context) ([]any, error) {
		return windowScript.Run(ctx, r.client, keys, r.gateway, q.tokens, q.span.Microseconds(), q.patience.Microseconds(),
			q.most, q.slots, q.busy, slotLife.Microseconds(), listText(windows), listText(q.unused), listText(q.unpaid), known, lessons).Slice()
	})
	if err != nil {
		return answer{}, err
	}
	return readAnswer(fields, len(q.limits))
}

// listText is JSON; a nil list is an empty one.
func listText[T any](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(list) // numbers always can be
	return string(text)
}

// readAnswer reads an answer, which may be nonsense.
func readAnswer(fields []any, limits int) (l answer, err error) {
	const head = 10
	if len(fields) < head {
		return l, errors.New("the answer is too short")
	}
	numbers := make([]int64, len(fields))
	for i, field := range fields {
		if i == 2 || i >= 7 && i < head {
			continue
		}
		if numbers[i], err = strconv.ParseInt(fmt.Sprint(field), 10, 64); err != nil {
			return l, fmt.Errorf("the answer holds no number where one is expected: %w", err)
		}
	}
	l = answer{
		now: numbers[0], rest: numbers[1], why: fmt.Sprint(fields[2]), slots: int(numbers[3]), pressed: numbers[4] == 1,
		born: numbers[5], next: numbers[6], tokens: numbers[head:], received: time.Now(),
	}
	if l.known, err = readKnown(fmt.Sprint(fields[8]), fmt.Sprint(fields[9]), l.received); err != nil || limits == 0 {
		return l, err
	}
	if err := json.Unmarshal(fmt.Append(nil, fields[7]), &l.left); err != nil || len(l.left) != limits {
		return l, errors.New("the answer does not tell what is left")
	}
	return l, nil
}

// announce tells all gateways of a cool-down; 0 ends it.
func (r *Redis) announce(key string, left time.Duration, why string) error {
	told, err := call(r, func(ctx context.Context) (int, error) {
		return restScript.Run(ctx, r.client, []string{key}, left.Microseconds(), why, restTopic).Int()
	})
	if told > 0 {
		r.stir()
	}
	return err
}

// stir has all gateways ask what is new, with their next heartbeat: a message may be lost.
func (r *Redis) stir() {
	_, _ = call(r, func(ctx context.Context) ([]redis.Cmder, error) { // else they hear of it when they ask anyway
		return r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.Incr(ctx, newsKey)
			p.PExpire(ctx, newsKey, newsLife)
			return nil
		})
	})
}

// hear tells the lease that a message is for: its key, for how long in microseconds, why.
func (r *Redis) hear(message string) {
	parts := strings.SplitN(message, " ", 3)
	if len(parts) < 3 {
		return
	}
	left, err := strconv.ParseInt(parts[1], 10, 64)
	r.mu.Lock()
	s := r.leases[parts[0]]
	r.mu.Unlock()
	if err == nil && s != nil {
		s.rest(time.Duration(left)*time.Microsecond, parts[2])
	}
}
