package resilience_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"gateway/resilience"
)

func TestDialGuard(t *testing.T) {
	guard := &resilience.DialGuard{
		Own:       []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:8081"), netip.MustParseAddrPort("0.0.0.0:9091")},
		OnPurpose: []netip.Addr{netip.MustParseAddr("169.254.7.7")},
	}
	for address, allowed := range map[string]bool{
		"93.184.216.34:443":           true,
		"10.0.0.8:443":                true, // vendors' products run in one's own network
		"[2606:2800:220:1::1]:443":    true,
		"127.0.0.1:8082":              true,
		"169.254.169.254:80":          false,
		"169.254.0.1:443":             false,
		"169.254.7.7:80":              true,
		"[::ffff:169.254.169.254]:80": false,
		"[::ffff:169.254.7.7]:80":     true,
		"[::169.254.169.254]:80":      false,
		"[64:ff9b::a9fe:a9fe]:80":     false,
		"[fe80::1%eth0]:80":           false,
		"[fd00:ec2::254]:80":          false,
		"100.100.100.200:80":          false,
		"168.63.129.16:80":            false,
		"127.0.0.1:8081":              false,
		"[::ffff:127.0.0.1]:8081":     false,
		"0.0.0.0:8081":                false,
		"[::]:8081":                   false,
		"127.0.0.2:8081":              true,
		"127.0.0.1:9091":              false,
		"127.9.9.9:9091":              false,
		"[::1]:9091":                  false,
		"93.184.216.34:9091":          true,
		"not an address":              false,
	} {
		err := guard.Control("tcp", address, nil)
		if _, denied := errors.AsType[*resilience.DeniedError](err); denied == allowed || denied != (err != nil) {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

// The name changes its address between two look-ups; only what is dialled counts.
func TestDialGuardLooksAtWhatIsDialled(t *testing.T) {
	hits := 0
	own := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	defer own.Close()
	address := own.Listener.Addr().(*net.TCPAddr).AddrPort()
	guard := &resilience.DialGuard{Own: []netip.AddrPort{address}}
	dialer := &net.Dialer{Control: guard.Control}
	base := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address.String())
	}}
	defer base.CloseIdleConnections()
	resp, err := base.RoundTrip(request(t, "GET", "http://innocent.example/", ""))
	if err == nil {
		resp.Body.Close()
	}
	if _, denied := errors.AsType[*resilience.DeniedError](err); !denied || hits != 0 {
		t.Errorf("%v, %d requests arrived", err, hits)
	}
}
