package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Scripts that change a lock only if the caller still owns it.
var (
	unlockScript = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)
	renewScript  = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`)
)

// Lock acquires a lock that only one gateway can hold, and returns its unlock function; nil if another gateway holds it.
// The lock is renewed until then, and expires by itself this long after its owner was killed.
func (v *Vault) Lock(ctx context.Context, name string, lasts time.Duration) (unlock func(), err error) {
	at, owner := prefix+name+":lock", rand.Text()
	switch err := v.client.SetArgs(ctx, at, owner, redis.SetArgs{Mode: "NX", TTL: lasts}).Err(); {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case err != nil:
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(lasts / 3); ; {
			select {
			case <-tick.C:
				_ = renewScript.Run(ctx, v.client, []string{at}, owner, lasts.Milliseconds()).Err() // and again at the next tick
			case <-ctx.Done():
				tick.Stop()
				return
			}
		}
	}()
	return func() {
		cancel()
		<-ended
		_ = unlockScript.Run(context.Background(), v.client, []string{at}, owner).Err() // else it ends by itself
	}, nil
}
