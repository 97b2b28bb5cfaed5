package configs

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const (
	maxFileBytes = 1 << 20
	maxNodes     = 100_000 // aliases resolved, so that a bomb of them ends early
	maxDepth     = 32
)

// decoder fills structs from YAML, strictly: an unknown key is an error. It collects all errors with their places and
// continues as far as it can. Structs carry `yaml` tags; ",inline" embeds a struct, ",bare" marks the field that gets a
// value without a key, ",positive" a field whose zero stands for its default, so that a zero in the file is an error.
type decoder struct {
	file    string
	expand  func(text string) (string, error) // of string scalars; nil: none
	anchors map[string]ast.Node
	places  map[string]place // of everything that was decoded, by path
	errs    []located
	nodes   int
}

type place struct{ line, column int }

// located is an error with its place.
type located struct {
	place
	path, text string
}

// decode parses data and fills into, a pointer to a struct.
func (d *decoder) decode(data []byte, into any) {
	if len(data) > maxFileBytes {
		d.fail(nil, "", fmt.Sprintf("the file is over %d bytes", maxFileBytes))
		return
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // YAML 1.2, section 5.2: Windows editors write it
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err, data)
		return
	}
	d.anchors, d.places = map[string]ast.Node{}, map[string]place{}
	if len(file.Docs) > 1 && file.Docs[1].Body != nil {
		d.fail(file.Docs[1].Body, "", "a second document begins here; a file holds one")
	}
	if len(file.Docs) > 0 && file.Docs[0].Body != nil {
		d.value(file.Docs[0].Body, reflect.ValueOf(into).Elem(), "", 0)
	}
}

func (d *decoder) fail(n ast.Node, path, text string) {
	d.errs = append(d.errs, located{placeOf(n), path, text})
}

func placeOf(n ast.Node) place {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return place{}
	}
	p := n.GetToken().Position
	return place{p.Line, p.Column}
}

// resolve follows anchors and aliases; nil for one that leads nowhere.
func (d *decoder) resolve(n ast.Node, path string) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.resolve(n.Value, path)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, ok := d.anchors[name]
		if !ok {
			d.fail(n, path, fmt.Sprintf("*%s: there is no &%s above", name, name))
			return nil
		}
		return target
	case *ast.TagNode:
		d.fail(n, path, "tags such as "+n.GetToken().Value+" are not used here")
		return nil
	}
	return n
}

// value fills v from n.
func (d *decoder) value(n ast.Node, v reflect.Value, path string, depth int) {
	if path != "" {
		d.places[path] = placeOf(n)
	}
	n = d.resolve(n, path)
	if d.nodes++; n == nil || d.tooMuch(n, path, depth) {
		return
	}
	if _, null := n.(*ast.NullNode); null {
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(n, path, u.UnmarshalText)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path, depth)
	case reflect.Struct:
		d.structure(n, v, path, depth)
	case reflect.Map:
		d.mapping(n, v, path, depth)
	case reflect.Slice:
		d.list(n, v, path, depth)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) tooMuch(n ast.Node, path string, depth int) bool {
	if d.nodes < maxNodes && depth < maxDepth {
		return false
	}
	if d.nodes <= maxNodes {
		d.fail(n, path, "too much is nested or repeated by aliases here")
		d.nodes = maxNodes
	}
	return true
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
