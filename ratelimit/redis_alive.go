package ratelimit

import (
	"context"
	"errors"
	"time"
)

// beat reports that this gateway lives, and finds out whether the store does. After a long failure all gateways return to
// the store at one moment, because one that came early would not know what the others send on their own.
func (r *Redis) beat(ctx context.Context) {
	failed := r.fails.Load()
	a, err := r.greet(failed && time.Since(r.failedAt()) > brief)
	if err == nil && failed {
		err = r.retry()
	}
	if err != nil {
		r.judge(err)
		return
	}
	r.count(a.alive, failed)
	if !pause(ctx, a.wait) {
		return
	}
	r.judge(nil)
	why := routine
	switch {
	case a.unknown:
		why = lost
	case failed || a.news != r.news:
		why = news
	}
	r.news = a.news
	for _, l := range r.all() {
		l.poll(why)
	}
}

// pause waits for d. It returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// greeting is the store's answer to a heartbeat.
type greeting struct {
	alive   int           // gateways
	wait    time.Duration // until one that was away counts with them
	news    int64         // how often something was told that all must hear of
	unknown bool          // this gateway was not known: it is new, or the memory is
}

// greet sends a heartbeat, and says whether this gateway was away for long. The answer includes new orders.
func (r *Redis) greet(away bool) (greeting, error) {
	flag := 0
	if away {
		flag = 1
	}
	got, err := call(r, func(ctx context.Context) ([]int64, error) {
		return aliveScript.Run(ctx, r.client, []string{aliveKey, returnKey, ordersKey, newsKey},
			r.gateway, aliveFor.Milliseconds(), flag, returnIn.Milliseconds(), ordersLife.Milliseconds()).Int64Slice()
	})
	if err == nil && len(got) != 5 {
		err = errors.New("the answer is too short")
	}
	if err == nil && !r.heardOf(got[2]) {
		err = r.shareOrders()
	}
	if err != nil {
		return greeting{}, err
	}
	return greeting{int(got[0]), min(time.Duration(got[1])*time.Millisecond, returnIn), got[3], got[4] == 1}, nil
}

// count records how many gateways live. After a failure, the others have yet to report.
func (r *Redis) count(n int, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if failed {
		n = max(n, r.alive)
	}
	r.alive = n
}
