package proxy_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// frontHeader is on every request that a proxy before the gateway sends.
const frontHeader = "X-Front"

// startHAProxy puts Debian's haproxy before a gateway.
func startHAProxy(t *testing.T, gateway string) string {
	t.Helper()
	address := freeAddress(t)
	return startFront(t, address, "haproxy", "-f", writeConfig(t, fmt.Sprintf(`
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen front
  bind %s
  http-request set-header X-Front haproxy
  server gateway %s
`, address, gateway)))
}

// startNginx puts Debian's nginx before a gateway.
func startNginx(t *testing.T, gateway string) string {
	t.Helper()
	address := freeAddress(t)
	config := writeConfig(t, fmt.Sprintf(`
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {}
http {
  access_log off; client_body_timeout 5s; client_header_timeout 5s;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  upstream gateway { server %s; keepalive 4; }
  server { listen %s; location / { proxy_pass http://gateway; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Front nginx; } }
}`, gateway, address))
	return startFront(t, address, "nginx", "-p", filepath.Dir(config), "-c", config, "-e", "stderr")
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "front.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// freeAddress is one that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startFront runs a proxy until the test ends and waits until it listens.
func startFront(t *testing.T, address, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = "/usr/sbin/" + name // not in everybody's PATH
	}
	cmd := exec.Command(path, args...)
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; \"make deps\" installs it", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
			return address
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatalf("%s does not listen on %s", name, address)
	return ""
}
