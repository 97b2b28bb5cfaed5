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

// CheckRedisURL returns what is wrong with a URL, without showing any of it.
func CheckRedisURL(text string) error {
	_, err := parseRedisURL(text)
	return err
}

// parseRedisURL reads redis://user:password@host:port/db, or rediss:// for TLS. ?addr=host:port adds a node, which makes it
// a Cluster; ?master_name= makes the addresses those of Sentinels (whose own password is ?sentinel_password=). ?ca= is a
// file with the authority that signed the server's certificate, if it is not a public one. The error shows nothing of the
// URL.
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

// trust makes TLS accept certificates of the authority in a file; "" stands for any public one.
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

// hurry makes failures fast: by default go-redis dials for seconds, retries, and waits past a context's end (trap 57).
func hurry(o redis.UniversalOptions, patience time.Duration) *redis.UniversalOptions {
	o.MaxRetries, o.DialerRetries, o.MaxRedirects = -1, 1, 2
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = patience, patience, patience, patience
	o.ContextTimeoutEnabled, o.DisableIdentity = true, true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &o
}

// quieten keeps go-redis from writing log lines of its own. OnChange reports failures once.
var quieten = sync.OnceFunc(func() { redis.SetLogger(noLog{}) })

type noLog struct{}

// Printf implements the interface of go-redis.
func (noLog) Printf(context.Context, string, ...any) {}
