package proxy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gateway/servertest"
)

// frontHeader is on every request that a proxy before the gateway sends.
const frontHeader = "X-Front"

// startHAProxy puts Debian's haproxy before a gateway.
func startHAProxy(t *testing.T, gateway string) string {
	t.Helper()
	address := servertest.Address(t)
	return servertest.Start(t, address, "haproxy", "-f", writeConfig(t, fmt.Sprintf(`
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen front
  bind %s
  http-request set-header X-Front haproxy
  server gateway %s
`, address, gateway))).Address
}

// startNginx puts Debian's nginx before a gateway.
func startNginx(t *testing.T, gateway string) string {
	t.Helper()
	address := servertest.Address(t)
	config := writeConfig(t, fmt.Sprintf(`
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {}
http {
  access_log off; client_body_timeout 5s; client_header_timeout 5s;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  upstream gateway { server %s; keepalive 4; }
  server { listen %s; location / { proxy_pass http://gateway; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Front nginx; } }
}`, gateway, address))
	return servertest.Start(t, address, "nginx", "-p", filepath.Dir(config), "-c", config, "-e", "stderr").Address
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "front.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
