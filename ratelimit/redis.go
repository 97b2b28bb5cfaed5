package ratelimit

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	_ "embed"
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// storePatience bounds one question to the store, and with it what a failing store adds to a request.
const storePatience = 40 * time.Millisecond

const (
	heartbeat  = 500 * time.Millisecond // of a gateway, and of its slots
	aliveFor   = 5 * time.Second        // after its last heartbeat
	slotLife   = 3 * time.Second        // of a slot whose gateway is gone
	restTopic  = "gateway:rest"
	aliveKey   = "gateway:{alive}"
	returnKey  = "gateway:{alive}:return"
	returnIn   = 1200 * time.Millisecond // until gateways count together again: all find that they can before
	brief      = 250 * time.Millisecond  // a failure that the others have not noticed
	retryAfter = time.Second             // until a broken subscription is made again
)

// Redis counts quotas for several gateways together: Redis or Valkey, alone, behind Sentinel or as a Cluster. While it
// does not answer, each gateway keeps to its part of the limits. It may be used concurrently.
type Redis struct {
	// OnCall is told how long each question took; nil: nobody.
	OnCall func(took time.Duration)
	// OnChange is told when it stops answering, and why, and with a nil error when it answers again; nil: nobody.
	OnChange func(err error)

	client  redis.UniversalClient
	gateway string // this one's name among the others
	calls   sync.WaitGroup

	fails atomic.Bool   // it does not answer
	doubt chan struct{} // whether it fails, or was late once

	mu     sync.Mutex
	alive  int       // gateways, when it was heard of last
	failed time.Time // when it began to
	least  int
	leases map[string]*lease // by the key of their cool-down
}

// StoreStatus is a snapshot of a shared store.
type StoreStatus struct {
	Up       bool
	Gateways int // alive when it was heard of last
}

// Scripts: each is one atomic step, by Redis's own clock.
var (
	//go:embed window.lua
	windowSource string
	//go:embed rest.lua
	restSource string
	//go:embed alive.lua
	aliveSource string

	windowScript = redis.NewScript(windowSource)
	restScript   = redis.NewScript(restSource)
	aliveScript  = redis.NewScript(aliveSource)
)

// CheckRedisURL tells what is wrong with a URL, and shows nothing of it.
func CheckRedisURL(text string) error {
	_, err := parseRedisURL(text)
	return err
}

// parseRedisURL reads redis://user:password@host:port/db, rediss:// for TLS. Further nodes come as ?addr=host:port, which
// makes it a Cluster; ?master_name= makes the addresses those of Sentinels (their own ?sentinel_password=). The error
// shows nothing of the URL.
func parseRedisURL(text string) (*redis.UniversalOptions, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "redis" && u.Scheme != "rediss" {
		return nil, errors.New("needs the URL of a Redis or Valkey, as in redis://:password@redis.internal:6379/0, or rediss:// for TLS")
	}
	query := u.Query()
	out := &redis.UniversalOptions{
		Addrs: query["addr"], MasterName: query.Get("master_name"), SentinelPassword: query.Get("sentinel_password"),
		SentinelUsername: query.Get("sentinel_username"), IsClusterMode: query.Get("master_name") == "" && query.Has("addr"),
	}
	for _, own := range []string{"addr", "master_name", "sentinel_username", "sentinel_password"} {
		query.Del(own)
	}
	u.RawQuery = query.Encode()
	base, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, errors.New("is no URL of a Redis: a database is a number, and of parameters only addr, master_name, " +
			"sentinel_username, sentinel_password and those of go-redis are known")
	}
	if out.IsClusterMode && base.DB != 0 {
		return nil, errors.New("names a database, of which a Cluster has one only")
	}
	out.Addrs = append([]string{base.Addr}, out.Addrs...)
	out.Username, out.Password, out.DB, out.TLSConfig = base.Username, base.Password, base.DB, base.TLSConfig
	return out, nil
}

// NewRedis returns a store that has not connected yet. least is the number of gateways that are reckoned with until
// more are heard of.
func NewRedis(text string, least int) (*Redis, error) {
	options, err := parseRedisURL(text)
	if err != nil {
		return nil, err
	}
	hurry(options)
	quieten()
	if options.TLSConfig != nil {
		options.TLSConfig.MinVersion = tls.VersionTLS12
	}
	return &Redis{
		client: redis.NewUniversalClient(options), gateway: rand.Text(), least: max(1, least), doubt: make(chan struct{}, 1), leases: map[string]*lease{},
	}, nil
}

// hurry makes failures quick: go-redis would dial for seconds, try again and wait past a context's end (trap 57).
func hurry(o *redis.UniversalOptions) {
	o.MaxRetries, o.DialerRetries, o.MaxRedirects = -1, 1, 2
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = storePatience, storePatience, storePatience, storePatience
	o.ContextTimeoutEnabled, o.DisableIdentity = true, true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// quieten keeps go-redis from writing lines of its own: OnChange tells of failures once.
var quieten = sync.OnceFunc(func() { redis.SetLogger(noLog{}) })

type noLog struct{}

// Printf implements the interface of go-redis.
func (noLog) Printf(context.Context, string, ...any) {}

// Run counts this gateway among the living, renews what it has leased, and hears of cool-downs, until ctx ends; then it
// gives back what is left and closes the connections.
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
			return r.client.Close()
		}
	}
}

// beat tells that this gateway lives, and finds out whether the store does. Where it failed for long, all gateways return
// to it at one moment: one that came early would not know what the others send by themselves.
func (r *Redis) beat(ctx context.Context) {
	failed := r.fails.Load()
	alive, wait, err := r.greet(failed && time.Since(r.failedAt()) > brief)
	if err != nil {
		r.judge(err)
		return
	}
	r.count(alive, failed)
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return
	}
	r.judge(nil)
	for _, l := range r.all() {
		l.poll()
	}
}

// greet returns how many gateways are alive, and, to one that was lost, how long to wait before it counts with them.
func (r *Redis) greet(lost bool) (alive int, wait time.Duration, err error) {
	flag := 0
	if lost {
		flag = 1
	}
	got, err := call(r, func(ctx context.Context) ([]int64, error) {
		return aliveScript.Run(ctx, r.client, []string{aliveKey, returnKey},
			r.gateway, aliveFor.Milliseconds(), flag, returnIn.Milliseconds()).Int64Slice()
	})
	if err == nil && len(got) != 2 {
		err = errors.New("the answer is too short")
	}
	if err != nil {
		return 0, 0, err
	}
	return int(got[0]), min(time.Duration(got[1])*time.Millisecond, returnIn), nil
}

// Client is the connection, for what else gateways share. It is closed when Run ends.
func (r *Redis) Client() redis.UniversalClient { return r.client }

// leave gives up what this gateway holds.
func (r *Redis) leave() {
	for _, s := range r.all() {
		s.giveUp()
	}
	_, _ = call(r, func(ctx context.Context) (int64, error) { return r.client.ZRem(ctx, aliveKey, r.gateway).Result() })
}

// call asks the store one thing.
func call[T any](r *Redis, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storePatience)
	defer cancel()
	start := time.Now()
	answer, err := ask(ctx)
	if r.OnCall != nil {
		r.OnCall(time.Since(start))
	}
	return answer, err
}

// count notes how many gateways are alive. After a failure the others have yet to show up.
func (r *Redis) count(n int, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if failed {
		n = max(n, r.alive)
	}
	r.alive = n
}

// failedAt is when it began to.
func (r *Redis) failedAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// judge notes whether the store answers. Where that changes every gate gets other limits.
func (r *Redis) judge(err error) {
	if fails := err != nil; r.fails.Swap(fails) == fails {
		return
	}
	if err != nil {
		r.mu.Lock()
		r.failed = time.Now()
		r.mu.Unlock()
		select {
		case r.doubt <- struct{}{}:
		default:
		}
	}
	if r.OnChange != nil {
		r.OnChange(err)
	}
	for _, s := range r.all() {
		s.turn()
	}
}

// Status returns a snapshot.
func (r *Redis) Status() StoreStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return StoreStatus{Up: r.answers(), Gateways: r.alive}
}

// answers is true while the store does.
func (r *Redis) answers() bool { return !r.fails.Load() }

// gateways is by how many a limit is divided while the store does not answer.
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

func (r *Redis) add(s *lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leases[s.restKey()] = s
}

func (r *Redis) remove(s *lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.leases, s.restKey())
}

// subscribe hears of cool-downs at once; polling finds those that it misses.
func (r *Redis) subscribe(ctx context.Context) {
	for ctx.Err() == nil {
		topic := r.client.Subscribe(ctx, restTopic)
		unhook := context.AfterFunc(ctx, func() { _ = topic.Close() }) // or it would go on reading
		for {
			message, err := topic.ReceiveMessage(ctx)
			if err != nil {
				break
			}
			r.hear(message.Payload)
		}
		if unhook() {
			_ = topic.Close()
		}
		select {
		case <-time.After(retryAfter):
		case <-ctx.Done():
		}
	}
}
