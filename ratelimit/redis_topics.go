package ratelimit

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// receive handles a message.
func (r *Redis) receive(topic, text string) {
	switch topic {
	case restTopic:
		r.hear(text)
	case lostTopic:
		if s := r.leaseOf(text); s != nil {
			s.poll(lost)
		}
	case ordersTopic:
		r.judgeCall(r.shareOrders())
	}
}

// subscribe receives cool-downs and orders at once. Polling finds those that it misses.
func (r *Redis) subscribe(ctx context.Context) {
	for ctx.Err() == nil {
		topic := r.client.Subscribe(ctx, restTopic, lostTopic, ordersTopic)
		unhook := context.AfterFunc(ctx, func() { _ = topic.Close() }) // or it would go on reading
		for {
			message, err := topic.ReceiveMessage(ctx)
			if err != nil {
				break
			}
			r.receive(message.Channel, message.Payload)
		}
		if unhook() {
			_ = topic.Close()
		}
		pause(ctx, retryAfter)
	}
}

// announce publishes a cool-down to all gateways; 0 ends it.
func (r *Redis) announce(key string, left time.Duration, why string) error {
	told, err := call(r, func(ctx context.Context) (int, error) {
		return restScript.Run(ctx, r.client, []string{key}, left.Microseconds(), why, restTopic).Int()
	})
	if told > 0 {
		r.stir()
	}
	return err
}

// stir makes all gateways ask for news with their next heartbeat, because a message may be lost.
func (r *Redis) stir() {
	_, _ = call(r, func(ctx context.Context) ([]redis.Cmder, error) { // else they hear of it when they ask anyway
		return r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.Incr(ctx, newsKey)
			p.PExpire(ctx, newsKey, newsLife)
			return nil
		})
	})
}

// hear applies a message about a cool-down: its key, its length in microseconds, its reason.
func (r *Redis) hear(message string) {
	parts := strings.SplitN(message, " ", 3)
	if len(parts) < 3 {
		return
	}
	left, err := strconv.ParseInt(parts[1], 10, 64)
	if s := r.leaseOf(parts[0]); err == nil && s != nil {
		s.rest(time.Duration(left)*time.Microsecond, parts[2])
	}
}
