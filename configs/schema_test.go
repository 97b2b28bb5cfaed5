package configs_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	reflector "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gateway/configs"
	"gateway/credentials"
	"gateway/meaning"
	"gateway/normalize"
	"gateway/problem"
	"gateway/wording"
)

// TestSchemasAreThoseOfTheStructs fails where a struct changed and its schema was not written again: -update does.
func TestSchemasAreThoseOfTheStructs(t *testing.T) {
	for name, want := range map[string][]byte{
		"config":  generate(t, configs.Config{}, "yaml", "Configuration of the gateway"),
		"profile": generate(t, configs.Profile{}, "yaml", "Profile of a vendor's errors"),
		"problem": generateProblem(t),
	} {
		if *update {
			if err := os.WriteFile(name+".schema.json", want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := configs.Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s.schema.json is not that of the struct; run the test with -update:\n%s", name, diff)
		}
	}
}

// TestSchemasAcceptWhatTheLoaderAccepts checks the shipped configuration and every built-in profile.
func TestSchemasAcceptWhatTheLoaderAccepts(t *testing.T) {
	config, profile := compile(t, "config"), compile(t, "profile")
	validateYAML(t, config, "gateway.yaml")
	files, err := filepath.Glob("profiles/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no profiles", err)
	}
	for _, file := range files {
		validateYAML(t, profile, file)
	}
}

func TestSchemasRefuseWhatTheLoaderRefuses(t *testing.T) {
	config := compile(t, "config")
	for _, text := range []string{
		"upstreams: {a: {url: 'https://a.example', profle: x}}",
		"upstreams: {a: {url: 'https://a.example', timeouts: {total: 5}}}",
		"upstreams: {a: {url: 'https://a.example', status: mine}}",
		"listen: {}",
		"limits: {connections: 0}",
		"upstreams: {a: {url: 'https://a.example', retry: {attempts: 0}}}",
		"upstreams: {a: {url: 'https://a.example', breaker: {failure_ratio: 0}}}",
	} {
		if err := config.Validate(decodeYAML(t, []byte(text))); err == nil {
			t.Errorf("accepted: %s", text)
		}
	}
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	data, err := configs.Schema(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validateYAML(t *testing.T, schema *jsonschema.Schema, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(decodeYAML(t, data)); err != nil {
		t.Errorf("%s: %v", file, err)
	}
}

// decodeYAML gives the values of JSON.
func decodeYAML(t *testing.T, data []byte) any {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// generate makes the schema of a struct as the strict decoder reads it.
func generate(t *testing.T, v any, tag, title string) []byte {
	t.Helper()
	r := &reflector.Reflector{FieldNameTag: tag, RequiredFromJSONSchemaTags: true, ExpandedStruct: true, Anonymous: true, Mapper: ownTypes, Namer: qualified}
	for _, folder := range []string{"configs", "normalize", "proxy", "ratelimit", "resilience", "credentials"} {
		if err := r.AddGoComments("gateway", "../"+folder, reflector.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	r.CommentMap = commentsByName(r.CommentMap)
	var tree map[string]any
	remarshal(t, r.Reflect(v), &tree)
	tree["title"] = title
	forbidZero(tree, reflect.TypeOf(v), tree, map[reflect.Type]bool{})
	return encode(t, loosen(tree))
}

// forbidZero marks the numbers of a struct, and of those below it, whose zero value the decoder refuses as it stands for the
// default. Spans of time are texts.
func forbidZero(tree map[string]any, t reflect.Type, definition map[string]any, seen map[reflect.Type]bool) {
	properties, _ := definition["properties"].(map[string]any)
	for field := range t.Fields() {
		name, option, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		property, _ := properties[name].(map[string]any)
		if option == "positive" && property["type"] != "string" {
			property["exclusiveMinimum"] = 0
		}
		below := bottom(field.Type)
		if option == "inline" {
			forbidZero(tree, below, definition, seen)
		} else if defined, ok := tree["$defs"].(map[string]any)[qualified(below)].(map[string]any); ok && !seen[below] {
			seen[below] = true
			forbidZero(tree, below, defined, seen)
		}
	}
}

// bottom is what a pointer leads to, or a list or map holds.
func bottom(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// qualified names a definition by package and type: several are called Config.
func qualified(t reflect.Type) string {
	if t.PkgPath() == "" {
		return ""
	}
	return path.Base(t.PkgPath()) + "." + t.Name()
}

// commentsByName gives the keys the module's path, under which they are looked up.
func commentsByName(in map[string]string) map[string]string {
	out := map[string]string{}
	for key, text := range in {
		out["gateway/"+key] = strings.Join(strings.Fields(text), " ")
	}
	return out
}

// ownTypes are the types whose YAML is a scalar.
func ownTypes(t reflect.Type) *reflector.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &reflector.Schema{Type: "string", Pattern: `^([0-9.]+(ns|us|µs|ms|s|m|h))+$|^0$|\$\{`, Description: "a time span such as 500ms, 5s or 1h30m"}
	case reflect.TypeFor[credentials.Secret]():
		return &reflector.Schema{Type: "string", Description: "a secret; write ${NAME} or ${file:/run/secrets/name}"}
	case reflect.TypeFor[problem.Type]():
		return enum(types())
	case reflect.TypeFor[meaning.Meaning]():
		return enum(asAny(meaning.All()))
	case reflect.TypeFor[problem.Fault]():
		return enum([]any{"caller", "account", "credentials", "vendor", "gateway"})
	}
	return nil
}

func enum(values []any) *reflector.Schema { return &reflector.Schema{Type: "string", Enum: values} }

func asAny[T ~string](values []T) (out []any) {
	for _, value := range values {
		out = append(out, string(value))
	}
	return out
}

func types() []any {
	var out []any
	for _, info := range problem.Catalogue() {
		out = append(out, string(info.Type))
	}
	return out
}

// enums are values that the structs hold as strings and Validate checks.
var enums = map[string][]any{
	"errors_in_success": {"profile", "auto", "off"}, "batch": {"pass", "problems"}, "challenge": {"http-01", "tls-alpn-01"},
	"grant": {"client_credentials", "password", "refresh_token"}, "auth": {"basic", "body"}, "mode": {"enforce", "observe", "off"},
	"level": {"debug", "info", "warn", "error"}, "format": {"json", "console"}, "store": {"memory", "redis"}, "on_failure": {"local", "open", "closed"}, "of": {"any", "every", "none"},
	"pointer": {"same", "camel"}, "status": {"upstream", "canonical"}, "transport": {"std", "fast"},
	"server": {"fast", "std"},
}

// loosen lets a schema accept what the decoder does: one value for a list, numbers for the texts in lists, and a bare
// value for a test.
func loosen(n map[string]any) map[string]any {
	if properties, ok := n["properties"].(map[string]any); ok {
		for name, p := range properties {
			property, ok := p.(map[string]any)
			if values := enums[name]; ok && values != nil && property["type"] == "string" && property["enum"] == nil {
				property["enum"] = values
			}
		}
	}
	for key, value := range n {
		if child, ok := value.(map[string]any); ok {
			n[key] = loosen(child)
		}
	}
	if n["type"] == "array" {
		return oneOrMany(n)
	}
	if properties, ok := n["properties"].(map[string]any); ok && properties["matches"] != nil && properties["says"] != nil {
		return map[string]any{"anyOf": []any{scalar(), map[string]any{"type": "array", "items": scalar()}, n}}
	}
	return n
}

func oneOrMany(list map[string]any) map[string]any {
	items, _ := list["items"].(map[string]any)
	if items["type"] == "string" && items["enum"] == nil {
		items["type"] = []any{"string", "integer"}
	}
	either := map[string]any{"anyOf": []any{list, items}}
	if text, ok := list["description"]; ok {
		either["description"] = text
		delete(list, "description")
	}
	return either
}

func scalar() map[string]any { return map[string]any{"type": []any{"string", "number", "boolean"}} }

// generateProblem makes the schema of the document that callers get; it may gain members (RFC 9457, section 3.2).
func generateProblem(t *testing.T) []byte {
	t.Helper()
	r := &reflector.Reflector{RequiredFromJSONSchemaTags: true, ExpandedStruct: true, Anonymous: true, Mapper: ownTypes, Namer: qualified, AllowAdditionalProperties: true}
	var tree map[string]any
	remarshal(t, r.Reflect(problem.Problem{}), &tree)
	tree["title"] = "Problem (RFC 9457) of the gateway"
	tree["required"] = []any{"type", "title", "status", "instance", "code", "origin", "fault", "retryable", "request_id"}
	properties := tree["properties"].(map[string]any)
	refine := func(name string, with map[string]any) { maps.Copy(properties[name].(map[string]any), with) }
	refine("status", map[string]any{"minimum": 400, "maximum": 599})
	refine("detail", map[string]any{"maxLength": wording.MaxTextBytes})
	refine("type", map[string]any{"format": "uri-reference"})
	refine("instance", map[string]any{"format": "uri"})
	refine("origin", map[string]any{"enum": []any{"upstream", "gateway"}})
	refine("mapped", map[string]any{"enum": []any{"rule", "status", "heuristic"}})
	refine("retry_after", map[string]any{"minimum": 0})
	tree["if"] = map[string]any{"properties": map[string]any{"origin": map[string]any{"const": "upstream"}}}
	tree["then"] = map[string]any{"required": []any{"upstream", "mapped"}}
	return encode(t, tree)
}

func remarshal(t *testing.T, from, to any) {
	t.Helper()
	data, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatal(err)
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestEveryKeyIsDocumented: configs/README.md knows every key of the configuration.
func TestEveryKeyIsDocumented(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keysOf(reflect.TypeFor[configs.Config](), "") {
		key = strings.TrimPrefix(key, "upstreams.")
		last := key[strings.LastIndexByte(key, '.')+1:]
		if !strings.Contains(string(readme), "`"+key+"`") && !strings.Contains(string(readme), "`"+last+"`") {
			t.Errorf("README.md does not tell of %s", key)
		}
	}
}

// TestEveryKeyOfProfilesIsDocumented: PROFILES.md has each key of the language and each meaning.
func TestEveryKeyOfProfilesIsDocumented(t *testing.T) {
	profiles, err := os.ReadFile("PROFILES.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, code := range regexp.MustCompile("(?s)```.*?```|`[^`]+`").FindAllString(string(profiles), -1) {
		for _, word := range regexp.MustCompile(`[\w-]+`).FindAllString(code, -1) {
			words[word] = true
		}
	}
	names := asAny(meaning.All())
	for _, key := range keysOf(reflect.TypeFor[normalize.Profile](), "") {
		names = append(names, key[strings.LastIndexByte(key, '.')+1:])
	}
	for _, name := range names {
		if !words[name.(string)] {
			t.Errorf("PROFILES.md does not tell of %s", name)
		}
	}
}

// keysOf lists the keys of a struct with their paths.
func keysOf(t reflect.Type, path string) (keys []string) {
	t = bottom(t)
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Duration]() {
		return nil
	}
	for field := range t.Fields() {
		name, option, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if option == "inline" {
			keys = append(keys, keysOf(field.Type, path)...)
		}
		if name == "" || name == "-" || field.Type == reflect.PointerTo(t) {
			continue
		}
		full := strings.TrimPrefix(path+"."+name, ".")
		keys = append(append(keys, full), keysOf(field.Type, full)...)
	}
	return slices.Compact(keys)
}
