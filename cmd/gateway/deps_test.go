package main_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the rule of the tree: imports point down, never sideways, never up.
var mayImport = map[string][]string{
	"document":     {},
	"ratehint":     {"document"},
	"problem":      {"document"},
	"wording":      {"document"},
	"meaning":      {"document", "problem", "wording"},
	"generic":      {"document", "ratehint", "problem", "wording", "meaning"},
	"normalize":    {"document", "ratehint", "problem", "wording", "meaning", "generic"},
	"draft":        {"document", "problem", "wording", "meaning", "generic", "normalize"},
	"ratelimit":    {},
	"resilience":   {},
	"credentials":  {},
	"vault":        {},
	"wire":         {},
	"proxy":        {"document", "wording", "ratehint", "problem", "normalize", "ratelimit", "resilience", "credentials", "wire"},
	"configs":      {"proxy", "problem", "normalize", "ratelimit", "resilience", "credentials", "vault"},
	"metrics":      {"proxy", "problem", "normalize", "ratelimit", "resilience", "credentials"},
	"admin":        {"proxy", "draft", "document", "problem", "normalize", "ratelimit", "resilience", "credentials"},
	"traces":       {"proxy", "problem", "normalize", "ratelimit", "resilience", "credentials"},
	"vendortest":   {"configs", "normalize"},
	"documenttest": {"document"},
	"servertest":   {},
	"problemtest":  {"document", "wording", "configs", "proxy", "problem", "normalize"},
	"cmd/gateway":  {"draft", "configs", "metrics", "admin", "traces", "vendortest", "proxy", "document", "wire", "problem", "normalize", "ratelimit", "resilience", "credentials", "vault"},
}

// onlyIn says which files alone may import what.
var onlyIn = map[string][]string{
	"github.com/prometheus/":           {"metrics/"},
	"github.com/redis/":                {"ratelimit/redis", "vault/", "_test.go"},
	"github.com/caddyserver/certmagic": {"cmd/gateway/tls"},
	"gateway/vendortest":               {"cmd/gateway/demo", "_test.go"},
	"gateway/documenttest":             {"_test.go"},
	"gateway/servertest":               {"_test.go"},
	"gateway/problemtest":              {"_test.go"},
	"github.com/santhosh-tekuri/":      {"problemtest/", "_test.go"},
	"cel.dev/cel-go":                   {"normalize/cel"},
	"github.com/sony/gobreaker":        {"resilience/circuit"},
	"github.com/fsnotify/fsnotify":     {"cmd/gateway/watch"},
	"github.com/invopop/jsonschema":    {"_test.go"},
	"html/template":                    {},
	"text/template":                    {},
	"net/http/httputil":                {"proxy/", "_test.go"},
	"github.com/google/go-cmp/cmp":     {"_test.go"},
	"go.opentelemetry.io/":             {"traces/"},
	"google.golang.org/protobuf/":      {"traces/"},
	"github.com/chromedp/":             {"_test.go"},

	"github.com/prometheus/client_golang/prometheus/testutil": {"_test.go"},
}

// goPackage is what `go list -json` tells of one package.
type goPackage struct {
	ImportPath, Dir                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports                            []string
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "gateway/")
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("%s has no row in mayImport: where does it stand in the picture?", name)
		}
		for _, imported := range p.Imports {
			below, ours := strings.CutPrefix(imported, "gateway/")
			if ours && !slices.Contains(allowed, below) {
				t.Errorf("%s imports %s, which is not below it", name, below)
			}
		}
	}
}

func TestLibrariesHaveOneRoom(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, file := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			place := strings.TrimPrefix(p.ImportPath, "gateway/") + "/" + file
			for _, imported := range importsOf(t, filepath.Join(p.Dir, file)) {
				checkRoom(t, place, imported)
			}
		}
	}
}

func checkRoom(t *testing.T, place, imported string) {
	t.Helper()
	for library, rooms := range onlyIn {
		allowed := slices.ContainsFunc(rooms, func(room string) bool {
			return strings.HasPrefix(place, room) || strings.HasSuffix(place, room)
		})
		if strings.HasPrefix(imported, library) && !allowed {
			t.Errorf("%s imports %s, which only %q may", place, imported, rooms)
		}
	}
}

func importsOf(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	paths := make([]string, 0, len(parsed.Imports))
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json", "gateway/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
