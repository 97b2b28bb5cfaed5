// Package traces turns the record of each sampled exchange into spans, and sends them to an OpenTelemetry collector (OTLP
// over HTTP). It is an observer: none of its work happens during an exchange.
package traces

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"gateway/proxy"
)

// Config says where spans go.
type Config struct {
	URL     string // of the collector's traces endpoint, as in http://collector:4318/v1/traces
	Headers map[string]string
	Version string // of the gateway
}

const (
	queueSize    = 2048 // exchanges that may wait; beyond it they are left out
	batchSize    = 256
	batchEvery   = 2 * time.Second
	postTimeout  = 10 * time.Second
	lastFlush    = 5 * time.Second // what is left when the gateway ends
	maxTries     = 4
	firstBackoff = time.Second
)

// Exporter sends spans. It outlives reloads and may be used concurrently.
type Exporter struct {
	config  Config
	client  *http.Client
	log     *zap.Logger
	queue   chan proxy.Exchange
	dropped atomic.Int64
	failing bool // used by Run alone
}

// New returns an Exporter. It sends only while Run runs.
func New(cfg Config, log *zap.Logger) *Exporter {
	dialer := &net.Dialer{Timeout: postTimeout}
	return &Exporter{
		config: cfg, log: log, queue: make(chan proxy.Exchange, queueSize),
		client: &http.Client{
			Timeout:       postTimeout,
			Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConns: 1, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Observe is a proxy.Observer. It never waits: what comes faster than it can be sent is dropped.
func (e *Exporter) Observe(x proxy.Exchange) {
	if !x.Trace.Sampled || x.Trace.Span == [8]byte{} {
		return
	}
	x.Answer = nil // of no use here, and large
	select {
	case e.queue <- x:
	default:
		e.dropped.Add(1)
	}
}

// Run sends batches until ctx ends, and then what is left.
func (e *Exporter) Run(ctx context.Context) error {
	defer e.client.CloseIdleConnections()
	tick := time.NewTicker(batchEvery)
	defer tick.Stop()
	var batch []proxy.Exchange
	for {
		select {
		case <-ctx.Done():
			return e.finish(ctx, batch)
		case x := <-e.queue:
			if batch = append(batch, x); len(batch) < batchSize {
				continue
			}
		case <-tick.C:
		}
		if len(batch) > 0 {
			e.send(ctx, batch)
			batch = nil
		}
	}
}

// finish sends what is left in the queue. A collector that does not answer delays it only briefly.
func (e *Exporter) finish(ctx context.Context, batch []proxy.Exchange) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
	defer cancel()
	for {
		select {
		case x := <-e.queue:
			batch = append(batch, x)
		default:
			if len(batch) > 0 {
				e.send(ctx, batch)
			}
			return nil
		}
	}
}

// send posts a batch, and repeats it after temporary failures. The log says when it begins to fail, and when it works
// again.
func (e *Exporter) send(ctx context.Context, batch []proxy.Exchange) {
	body, err := proto.Marshal(e.config.data(batch))
	wait := firstBackoff
	for try := 1; err == nil; try++ {
		var again bool
		if again, err = e.post(ctx, body); err == nil || !again || try == maxTries || !sleep(ctx, wait) {
			break
		}
		err, wait = nil, 2*wait
	}
	switch {
	case err != nil && !e.failing:
		e.log.Warn("traces cannot be delivered; they are left out until the collector answers", zap.Error(err))
	case err == nil && e.failing:
		e.log.Info("traces are delivered again", zap.Int64("left_out", e.dropped.Load()))
	}
	if e.failing = err != nil; e.failing {
		e.dropped.Add(int64(len(batch)))
	}
}

// sleep returns false if ctx ended meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// post sends one request. again is true after a temporary failure (OTLP 1.x, section "Failures" of OTLP/HTTP).
func (e *Exporter) post(ctx context.Context, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.config.URL, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	for name, value := range e.config.Headers {
		req.Header.Set(name, value)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return true, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil {
		return true, err
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true, fmt.Errorf("the collector answered %s", resp.Status)
	}
	return false, fmt.Errorf("the collector answered %s", resp.Status)
}
