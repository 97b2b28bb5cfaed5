package ratelimit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"
)

const (
	ordersKey   = "gateway:{alive}:orders"
	ordersTopic = "gateway:orders"
	ordersLife  = 24 * time.Hour // after the last gateway was heard of
	takenBack   = time.Hour      // until it is forgotten that an order was
)

// order identifies an order of an operator to an upstream: a pause of a consumer, or a cool-down.
type order struct {
	Upstream string `json:"upstream"`
	Rest     bool   `json:"rest,omitempty"`     // a cool-down
	Consumer string `json:"consumer,omitempty"` // of a pause; "": everybody
}

// what returns the order's name. There is one order of each name.
func (o order) what() string {
	text, _ := json.Marshal(o) // strings always can be
	return string(text)
}

// orderText is the content of an order.
type orderText struct {
	Why  string `json:"why"`
	Left int64  `json:"left,omitempty"` // of a cool-down: how long it lasts from when it was ordered, in microseconds
}

// ruling is an order that was given, or withdrawn.
type ruling struct {
	at   time.Time
	text string // JSON of an orderText; "": taken back
}

// rulings are the known orders. The store's mutex guards them.
type rulings struct {
	limiters map[string]*Limiter // by the upstream
	known    map[string]ruling   // by what was ordered
	untold   map[string]ruling
	version  int64
}

// join makes a limiter follow the orders of all gateways.
func (r *Redis) join(l *Limiter) {
	r.mu.Lock()
	r.orders.limiters[l.name] = l
	known := maps.Clone(r.orders.known)
	r.mu.Unlock()
	for what, given := range known {
		l.follow(what, given)
	}
}

// tellOrder passes an order, or its withdrawal, to the other gateways; later if the store does not answer.
func (r *Redis) tellOrder(o order, text *orderText, now time.Time) {
	given := ruling{at: now}
	if text != nil {
		data, _ := json.Marshal(text) // strings and numbers always can be
		given.text = string(data)
	}
	r.mu.Lock()
	r.orders.known[o.what()], r.orders.untold[o.what()] = given, given
	r.mu.Unlock()
	r.calls.Go(func() { r.judgeCall(r.shareOrders()) })
}

// shareOrders sends pending orders and follows new ones.
func (r *Redis) shareOrders() error {
	r.mu.Lock()
	told, version := maps.Clone(r.orders.untold), r.orders.version
	r.mu.Unlock()
	var list [][3]any
	for what, given := range told {
		list = append(list, [3]any{what, time.Since(given.at).Microseconds(), given.text})
	}
	fields, err := call(r, func(ctx context.Context) ([]string, error) {
		return ordersScript.Run(ctx, r.client, []string{ordersKey}, ordersLife.Microseconds(), takenBack.Microseconds(), version,
			ordersTopic, orderList(list)).StringSlice()
	})
	if err != nil {
		return err
	}
	return r.hearOrders(fields, told)
}

// orderList is the list as JSON.
func orderList(list [][3]any) string {
	text, _ := json.Marshal(listed(list)) // strings and numbers always can be
	return string(text)
}

// hearOrders reads an answer, which may be malformed.
func (r *Redis) hearOrders(fields []string, told map[string]ruling) error {
	if len(fields) < 2 || len(fields)%3 != 2 {
		return errors.New("the answer is no list of orders")
	}
	now, err := strconv.ParseInt(fields[0], 10, 64)
	version, wrong := strconv.ParseInt(fields[1], 10, 64)
	if err := errors.Join(err, wrong); err != nil {
		return fmt.Errorf("the answer holds no number where one is expected: %w", err)
	}
	received := time.Now()
	given := map[string]ruling{}
	for rest := fields[2:]; len(rest) > 0; rest = rest[3:] {
		at, err := strconv.ParseInt(rest[1], 10, 64)
		if err != nil {
			return fmt.Errorf("the answer holds no number where one is expected: %w", err)
		}
		given[rest[0]] = ruling{received.Add(time.Duration(at-now) * time.Microsecond), rest[2]}
	}
	for what, one := range r.noteOrders(version, given, told) {
		var o order
		if json.Unmarshal([]byte(what), &o) != nil {
			continue
		}
		if l := r.limiterOf(o.Upstream); l != nil {
			l.follow(what, one)
		}
	}
	return nil
}

// sameMoment is how far the times of one order may differ between two gateways.
const sameMoment = time.Second

// noteOrders returns the orders that are new here. What the store has lost with its memory is sent again.
func (r *Redis) noteOrders(version int64, given, told map[string]ruling) map[string]ruling {
	r.mu.Lock()
	defer r.mu.Unlock()
	for what, one := range told {
		if r.orders.untold[what] == one {
			delete(r.orders.untold, what)
		}
	}
	if version == r.orders.version && len(given) == 0 { // nothing is new
		return nil
	}
	r.orders.version = version
	for what, one := range r.orders.known {
		if _, there := given[what]; there {
			continue
		}
		if one.text == "" && time.Since(one.at) > takenBack {
			delete(r.orders.known, what)
		} else {
			r.orders.untold[what] = one
		}
	}
	fresh := map[string]ruling{}
	for what, one := range given {
		before, known := r.orders.known[what]
		_, later := r.orders.untold[what]
		if !later && (!known || one.text != before.text || one.at.Sub(before.at).Abs() > sameMoment) {
			fresh[what] = one
			r.orders.known[what] = one
		}
	}
	return fresh
}

func (r *Redis) limiterOf(upstream string) *Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.orders.limiters[upstream]
}

// heardOf is true if the orders of this version are known and none is to be sent.
func (r *Redis) heardOf(version int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return version == r.orders.version && len(r.orders.untold) == 0
}

// follow carries out an order that was given at another gateway.
func (l *Limiter) follow(what string, given ruling) {
	var o order
	var text orderText
	if json.Unmarshal([]byte(what), &o) != nil || o.Upstream != l.name ||
		given.text != "" && json.Unmarshal([]byte(given.text), &text) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	switch left := given.at.Add(time.Duration(text.Left) * time.Microsecond).Sub(now); {
	case !o.Rest && given.text == "":
		delete(l.paused, o.Consumer)
	case !o.Rest:
		l.pause(Pause{o.Consumer, text.Why, given.at}, now)
	case given.text == "":
		l.clearCoolDowns(now)
	case left > 0:
		l.coolDownUntil(now.Add(left), text.Why, now)
	}
}
