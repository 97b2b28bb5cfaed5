package ratelimit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// question is what a gateway asks about one quota key: tokens, slots, and its reports; as JSON for the script. Times are in
// microseconds.
type question struct {
	key    string
	limits []Limit

	Gateway  string        `json:"gateway"`
	Tokens   int           `json:"tokens"`
	Span     int64         `json:"span"`     // within which they may lie
	Patience int64         `json:"patience"` // until the first
	Most     int           `json:"most"`     // slots there are; 0: unlimited
	Slots    int           `json:"slots"`    // wanted
	Busy     int           `json:"busy"`     // slots in use
	Keeps    int           `json:"keeps"`    // slots that are leased and wanted further, those in use at least
	Life     int64         `json:"life"`     // of a slot's lease
	Windows  [][4]int64    `json:"windows"`  // requests, keep, step, burst
	Unused   []int64       `json:"unused"`   // tokens that were leased and not used, by Redis's clock
	Unpaid   []unpaidSends `json:"unpaid"`   // sends without a token
	Sent     []unpaidSends `json:"sent"`     // all sends, of whose memory nothing is known
	Known    []int64       `json:"known"`    // when the memory of each window and of the slots began; 0: nothing is known of it
	Late     bool          `json:"late"`     // the gateway tells what it sent while the store failed, or before it forgot
	Lessons  *lessons      `json:"lessons,omitempty"`
	Hold     int64         `json:"hold"`  // how long nothing more is leased after a memory was lost
	Topic    string        `json:"topic"` // that tells of it
}

// unpaidSends are sends that the store does not know of: age, number.
type unpaidSends [2]int64

// MarshalJSON implements json.Marshaler: cjson knows no nil list.
func (q question) MarshalJSON() ([]byte, error) {
	type plain question
	q.Windows, q.Unused, q.Unpaid, q.Sent = listed(q.Windows), listed(q.Unused), listed(q.Unpaid), listed(q.Sent)
	return json.Marshal(plain(q))
}

func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// answer is what is leased.
type answer struct {
	now      int64 // Redis's clock, in microseconds, like all that follows
	rest     int64 // end of the cool-down; past or 0: none
	why      string
	slots    int
	pressed  bool  // the slots are more than its part, which others lack
	held     int64 // until when nothing more is leased, as the memory was lost; past or 0: nothing is held
	next     int64 // when the next token comes, where none was leased
	left     []int // of each limit
	known    known
	born     []int64 // when the memory of each window and of the slots began
	tokens   []int64
	received time.Time
}

// at converts a time of Redis's clock to the local one: never too early, and late by no more than the answer took.
func (l *answer) at(stamp int64) time.Time {
	return l.received.Add(time.Duration(stamp-l.now) * time.Microsecond)
}

// validity is how long after its time a token may be used. Windows remember sends for that much longer.
func validity(per time.Duration) time.Duration { return min(per*3/200, 30*time.Second) }

// steps is the number of parts of a window. The store remembers the sends of a part as if all came at its end.
const steps = 400

// keeps is how long the store remembers what counts towards a limit.
func keeps(per time.Duration) time.Duration { return per + margin(per) + validity(per) }

// sharedWindow is a limit in the form that the script takes.
func sharedWindow(l Limit) [4]int64 {
	return [4]int64{int64(l.Requests), keeps(l.Per).Microseconds(), max(1, l.Per.Microseconds()/steps), int64(l.burst())}
}

// lease asks the store. All keys of one quota key are in one slot of a Cluster.
func (r *Redis) lease(q question) (answer, error) {
	keys := []string{"gateway:{" + q.key + "}:rest", "gateway:{" + q.key + "}:slots", "gateway:{" + q.key + "}:learnt"}
	for _, l := range q.limits {
		q.Windows = append(q.Windows, sharedWindow(l))
		keys = append(keys, fmt.Sprintf("gateway:{%s}:%d", q.key, l.Per.Microseconds()))
	}
	if q.Known == nil {
		q.Known = make([]int64, len(q.limits)+1)
	}
	q.Gateway, q.Life, q.Hold, q.Topic = r.gateway, slotLife.Microseconds(), storePatience.Microseconds(), lostTopic
	text, _ := json.Marshal(q) // strings and numbers always can be
	fields, err := call(r, func(ctx context.Context) ([]any, error) {
		return windowScript.Run(ctx, r.client, keys, text).Slice()
	})
	if err != nil {
		return answer{}, err
	}
	return readAnswer(fields, len(q.limits))
}

// readAnswer reads an answer, which may be malformed.
func readAnswer(fields []any, limits int) (l answer, err error) {
	const head = 11
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
		held: numbers[5], next: numbers[6], tokens: numbers[head:], received: time.Now(),
	}
	if l.born, err = readNumbers(fmt.Sprint(fields[10])); err != nil || len(l.born) != limits+1 {
		return l, errors.New("the answer does not tell when the memory began")
	}
	if l.known, err = readKnown(fmt.Sprint(fields[8]), fmt.Sprint(fields[9]), l.received); err != nil || limits == 0 {
		return l, err
	}
	if err := json.Unmarshal(fmt.Append(nil, fields[7]), &l.left); err != nil || len(l.left) != limits {
		return l, errors.New("the answer does not tell what is left")
	}
	return l, nil
}

// readNumbers reads numbers that are separated by spaces.
func readNumbers(text string) (out []int64, err error) {
	for field := range strings.FieldsSeq(text) {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}
