package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

//go:embed files
var files embed.FS

// peer is how a proxy is started. {config}, {address}, {upstream}, {secure} (the
// upstream over TLS) and {dir} are filled in.
type peer struct {
	name    string
	config  string // one of files, or the path of the user's own; "" for none
	command []string
}

// peers are all that are measured. PEER and PEER_CONFIG of the environment add one.
func peers(gateway string) ([]peer, error) {
	self, err := os.Executable()
	list := []peer{
		{"nginx", "nginx.conf", []string{"nginx", "-c", "{config}"}},
		{"haproxy", "haproxy.cfg", []string{"haproxy", "-db", "-f", "{config}"}},
		{"bare, default", "", []string{self, bareCommand, "default", "{address}={upstream}={secure}"}},
		{"bare, tuned", "", []string{self, bareCommand, "tuned", "{address}={upstream}={secure}"}},
		{"gateway", "gateway.yaml", []string{gateway, "run", "--config", "{config}"}},
	}
	if command := strings.Fields(os.Getenv("PEER")); len(command) > 0 {
		list = append(list, peer{filepath.Base(command[0]), os.Getenv("PEER_CONFIG"), command})
	}
	return list, err
}

// proxy is a peer that runs.
type proxy struct {
	peer
	address string
	*process
}

// noProxy names the upstream where it is measured itself.
const noProxy = "no proxy"

// bench is the upstream, the proxies and where they keep their files.
type bench struct {
	options
	dir      string
	upstream proxy
	secure   string // address of the upstream over TLS
	proxies  []proxy
}

// newBench makes the directory that everything is kept in.
func newBench(o options) (*bench, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, dir: dir}
	return b, errors.Join(b.writeBodies(), writeIdentity(dir))
}

// startAll starts the upstream and the proxies.
func (b *bench) startAll(ctx context.Context) (err error) {
	if b.secure, err = freeAddress(ctx); err != nil {
		return err
	}
	if b.upstream, err = b.start(ctx, peer{noProxy, "upstream.conf", []string{"nginx", "-c", "{config}"}}); err != nil {
		return err
	}
	all, err := peers(b.gateway)
	if err != nil {
		return err
	}
	for _, p := range all {
		if !b.options.peers.MatchString(p.name) {
			continue
		}
		started, err := b.start(ctx, p)
		if err != nil {
			return err
		}
		b.proxies = append(b.proxies, started)
	}
	return nil
}

func (b *bench) close() {
	for _, p := range append(b.proxies, b.upstream) {
		p.stop()
	}
	os.RemoveAll(b.dir)
}

// names are the rows of the table, with the upstream where it was measured itself.
func (b *bench) names(withUpstream bool) (names []string) {
	if withUpstream {
		names = append(names, noProxy)
	}
	for _, p := range b.proxies {
		names = append(names, p.name)
	}
	return names
}

// writeBodies makes what the upstream serves from files.
func (b *bench) writeBodies() error {
	for name, size := range map[string]int{"64k": 64 << 10, "1m": 1 << 20} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(strings.Repeat("0123456789abcde\n", size/16)), 0o644); err != nil {
			return err
		}
	}
	return os.Chmod(b.dir, 0o755) //nolint:gosec // nginx reads it as another user
}

// start runs a peer until its port answers.
func (b *bench) start(ctx context.Context, what peer) (p proxy, err error) {
	p.peer = what
	if p.address, err = freeAddress(ctx); err != nil {
		return p, err
	}
	file := filepath.Join(b.dir, strings.ReplaceAll(what.name, " ", "-")+filepath.Ext(what.config))
	fill := strings.NewReplacer("{address}", p.address, "{upstream}", b.upstream.address, "{secure}", b.secure, "{dir}", b.dir, "{config}", file,
		"{body}", strings.Repeat("0123456789abcdef", 64), "{modules}", luaModules(), "{rewriting}", rewriting())
	if err := writeConfig(file, what.config, fill); err != nil {
		return p, err
	}
	var command []string
	for _, arg := range what.command {
		command = append(command, fill.Replace(arg))
	}
	if p.process, err = startProcess(filepath.Join(b.dir, what.name+".log"), command); err != nil {
		return p, err
	}
	if err := p.await(ctx, p.address); err != nil {
		p.stop()
		return p, fmt.Errorf("%s: %w", what.name, err)
	}
	return p, nil
}

// writeConfig fills a configuration in.
func writeConfig(file, config string, fill *strings.Replacer) error {
	if config == "" {
		return nil
	}
	text, err := files.ReadFile("files/" + config)
	if err != nil {
		text, err = os.ReadFile(config)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(fill.Replace(string(text))), 0o600)
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// luaModules loads nginx's Lua, by which it rewrites errors; without it, it passes them on.
func luaModules() string {
	const ndk, lua = "/usr/lib/nginx/modules/ndk_http_module.so", "/usr/lib/nginx/modules/ngx_http_lua_module.so"
	if _, err := os.Stat(lua); err != nil {
		return ""
	}
	return "load_module " + ndk + ";\nload_module " + lua + ";"
}

func rewriting() string {
	text, err := files.ReadFile("files/rewriting.conf")
	if err != nil || luaModules() == "" {
		return ""
	}
	return string(text)
}
