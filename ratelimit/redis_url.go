package ratelimit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// CheckRedisURL tells what is wrong with a URL, and shows nothing of it.
func CheckRedisURL(text string) error {
	_, err := parseRedisURL(text)
	return err
}

// parseRedisURL reads redis://user:password@host:port/db, rediss:// for TLS. Further nodes come as ?addr=host:port, which
// makes it a Cluster; ?master_name= makes the addresses those of Sentinels (their own ?sentinel_password=). ?ca= is a file of
// the authority that signed the server's certificate, if no public one did. The error shows nothing of the URL.
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
	ca := query.Get("ca")
	for _, own := range []string{"addr", "master_name", "sentinel_username", "sentinel_password", "ca"} {
		query.Del(own)
	}
	u.RawQuery = query.Encode()
	base, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, errors.New("is no URL of a Redis: a database is a number, and of parameters only addr, master_name, " +
			"sentinel_username, sentinel_password, ca and those of go-redis are known")
	}
	if err := trust(base.TLSConfig, ca); err != nil {
		return nil, err
	}
	if out.IsClusterMode && base.DB != 0 {
		return nil, errors.New("names a database, of which a Cluster has one only")
	}
	out.Addrs = append([]string{base.Addr}, out.Addrs...)
	out.Username, out.Password, out.DB, out.TLSConfig = base.Username, base.Password, base.DB, base.TLSConfig
	return out, nil
}

// trust has TLS accept what the authority in a file signed; "" is any public one.
func trust(config *tls.Config, file string) error {
	switch {
	case file == "":
		return nil
	case config == nil:
		return errors.New("names a ca, which is only used with rediss://")
	}
	data, err := os.ReadFile(file)
	config.RootCAs = x509.NewCertPool()
	if err != nil || !config.RootCAs.AppendCertsFromPEM(data) {
		return errors.New("names a ca that cannot be read, or holds no certificate in PEM")
	}
	return nil
}

// hurry makes failures quick: go-redis would dial for seconds, try again and wait past a context's end (trap 57).
func hurry(o redis.UniversalOptions, patience time.Duration) *redis.UniversalOptions {
	o.MaxRetries, o.DialerRetries, o.MaxRedirects = -1, 1, 2
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = patience, patience, patience, patience
	o.ContextTimeoutEnabled, o.DisableIdentity = true, true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &o
}

// quieten keeps go-redis from writing lines of its own: OnChange tells of failures once.
var quieten = sync.OnceFunc(func() { redis.SetLogger(noLog{}) })

type noLog struct{}

// Printf implements the interface of go-redis.
func (noLog) Printf(context.Context, string, ...any) {}
