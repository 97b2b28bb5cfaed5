package main

import (
	"context"
	"testing"

	"go.uber.org/zap"

	"gateway/admin"
	"gateway/configs"
	"gateway/proxy"
	"gateway/servertest"
)

// testGateway is a whole gateway on free ports.
type testGateway struct {
	callers, admin string
	ring           *admin.Ring
}

// startGateway runs a gateway with the given configuration until the test ends.
func startGateway(t *testing.T, yaml string) testGateway {
	t.Helper()
	return startLogged(t, yaml, proxy.NewShared(), zap.NewNop())
}

// startLogged is startGateway with a log, which may know the secrets of shared.
func startLogged(t *testing.T, yaml string, shared *proxy.Shared, log *zap.Logger) testGateway {
	t.Helper()
	cfg, err := configs.LoadBytes("test.yaml", []byte("listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\n"+yaml))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	g, err := newGateway(ctx, cfg, nil, shared, nil, log)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- g.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := servertest.Receive(t, done, "the end of the gateway"); err != nil {
			t.Error(err)
		}
	})
	return testGateway{"http://" + g.callers[0].Addr().String(), "http://" + g.admin.Addr().String(), g.ring}
}
