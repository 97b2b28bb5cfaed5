package ratelimit

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	_ "embed"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// storePatience bounds one question to the store, and with it what a failing store adds to a request.
	storePatience = 40 * time.Millisecond
	// clientPatience bounds what others ask of the store, who wait for more than that anyway.
	clientPatience = 500 * time.Millisecond
)

const (
	heartbeat  = 500 * time.Millisecond // of a gateway, and of its slots
	aliveFor   = 5 * time.Second        // after its last heartbeat
	slotLife   = 3 * time.Second        // of a slot whose gateway is gone
	restTopic  = "gateway:rest"
	lostTopic  = "gateway:lost" // a quota key of which the store has lost the memory
	aliveKey   = "gateway:{alive}"
	returnKey  = "gateway:{alive}:return"
	newsKey    = "gateway:{alive}:news" // how often something was learnt or told that all must hear of
	newsLife   = time.Hour
	returnIn   = 1200 * time.Millisecond // until gateways count together again: all find that they can before
	brief      = 250 * time.Millisecond  // a failure that the others have not noticed
	retryAfter = time.Second             // until a broken subscription is made again
)

// Redis counts quotas together with other gateways, in Redis or Valkey: a single server, behind Sentinel, or a Cluster.
// While the store does not answer, each gateway keeps to its part of the limits. It may be used concurrently.
type Redis struct {
	// OnCall is called with how long each question took; it may be nil.
	OnCall func(took time.Duration)
	// OnChange is called with the reason when the store stops answering, and with nil when it answers again; it may be nil.
	OnChange func(err error)
	// OnLoss is called when the store has lost its memory of some or all quota keys and learns anew what was sent; it may
	// be nil.
	OnLoss func()

	client  redis.UniversalClient
	patient redis.UniversalClient // for others
	bound   time.Duration         // of one question
	gateway string                // this one's name among the others
	calls   sync.WaitGroup

	fails atomic.Bool   // it does not answer
	doubt chan struct{} // whether it fails, or was late once

	mu     sync.Mutex
	alive  int       // gateways, when it was heard of last
	failed time.Time // when it began to
	least  int
	leases map[string]*lease // by the key of their cool-down
	failer *lease            // whose question failed last; nil: none since it answers
	orders rulings

	news  int64     // as of the last heartbeat
	empty time.Time // when it was told of last that the memory was lost
}

// StoreStatus is a snapshot of a shared store.
type StoreStatus struct {
	Up       bool
	Gateways int // alive when it was heard of last
}

// Scripts: each is one atomic step, by Redis's own clock.
var (
	//go:embed learnt.lua
	learntSource string
	//go:embed slots.lua
	slotsSource string
	//go:embed window.lua
	windowSource string
	//go:embed rest.lua
	restSource string
	//go:embed alive.lua
	aliveSource string
	//go:embed orders.lua
	ordersSource string

	windowScript = redis.NewScript(learntSource + slotsSource + windowSource)
	restScript   = redis.NewScript(restSource)
	aliveScript  = redis.NewScript(aliveSource)
	ordersScript = redis.NewScript(ordersSource)
)

// NewRedis returns a store that has not connected yet. It assumes at least least gateways until it hears of more.
func NewRedis(text string, least int) (*Redis, error) {
	return newRedis(text, least, storePatience)
}

func newRedis(text string, least int, bound time.Duration) (*Redis, error) {
	options, err := parseRedisURL(text)
	if err != nil {
		return nil, err
	}
	quieten()
	if options.TLSConfig != nil {
		options.TLSConfig.MinVersion = tls.VersionTLS12
	}
	return &Redis{
		client: redis.NewUniversalClient(hurry(*options, bound)), bound: bound,
		patient: redis.NewUniversalClient(hurry(*options, clientPatience)), gateway: rand.Text(), least: max(1, least), doubt: make(chan struct{}, 1), leases: map[string]*lease{},
		orders: rulings{limiters: map[string]*Limiter{}, known: map[string]ruling{}, untold: map[string]ruling{}},
	}, nil
}

// Run counts this gateway among the living, renews its leases and listens for cool-downs until ctx ends. Then it gives back
// what is left and closes the connections.
func (r *Redis) Run(ctx context.Context) error {
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		r.subscribe(ctx)
	}()
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		r.beat(ctx)
		select {
		case <-tick.C:
		case <-r.doubt:
		case <-ctx.Done():
			<-heard
			r.leave()
			r.calls.Wait()
			return errors.Join(r.client.Close(), r.patient.Close())
		}
	}
}

// Client returns a client of the store for other things that gateways share. A call waits for half a second at most. The
// client is closed when Run ends.
func (r *Redis) Client() redis.UniversalClient { return r.patient }

// leave gives up what this gateway holds.
func (r *Redis) leave() {
	for _, s := range r.all() {
		s.giveUp()
	}
	_, _ = call(r, func(ctx context.Context) (int64, error) { return r.client.ZRem(ctx, aliveKey, r.gateway).Result() })
}

// call asks the store one question.
func call[T any](r *Redis, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(context.Background(), r.bound)
	defer cancel()
	start := time.Now()
	answer, err := ask(ctx)
	if r.OnCall != nil {
		r.OnCall(time.Since(start))
	}
	return answer, err
}

// Status returns a snapshot.
func (r *Redis) Status() StoreStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return StoreStatus{Up: r.answers(), Gateways: r.alive}
}

// gateways is the number of gateways among which a limit is divided while the store does not answer.
func (r *Redis) gateways() int { return max(r.Status().Gateways, r.least) }

// all lists the leases.
func (r *Redis) all() []*lease {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*lease, 0, len(r.leases))
	for _, s := range r.leases {
		out = append(out, s)
	}
	return out
}

// leaseOf finds a lease by the key of its cool-down; nil if there is none.
func (r *Redis) leaseOf(key string) *lease {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.leases[key]
}

func (r *Redis) add(s *lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leases[s.restKey()] = s
}

func (r *Redis) remove(s *lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.leases, s.restKey())
	if r.failer == s {
		r.failer = nil
	}
}
