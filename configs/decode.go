package configs

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const (
	maxFileBytes = 1 << 20
	maxNodes     = 100_000 // aliases resolved, so that a bomb of them ends early
	maxDepth     = 32
)

// decoder fills structs from YAML, strictly: what it does not know is an error. It collects all errors with their
// places and goes on as far as it can. Structs carry `yaml` tags; ",inline" embeds one, ",bare" marks the field that a
// value without a key of its own goes to, ",positive" the one whose zero stands for its default, so that none can ask for 0.
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
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
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

// pairs returns the entries of a mapping; ok is false, and the error reported, for anything else.
func (d *decoder) pairs(n ast.Node, path string) (pairs []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	d.fail(n, path, "wants keys with values, not "+kindOf(n))
	return nil, false
}

func keyOf(pair *ast.MappingValueNode) string {
	if s, ok := pair.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return pair.Key.GetToken().Value
}

// structure fills a struct.
func (d *decoder) structure(n ast.Node, v reflect.Value, path string, depth int) {
	fields := fieldsOf(v)
	if bare, ok := fields.bare(); ok && !isMapping(n) {
		d.value(n, bare, path, depth)
		return
	}
	pairs, ok := d.pairs(n, path)
	if !ok {
		return
	}
	seen := map[string]int{}
	for _, pair := range pairs {
		key := keyOf(pair)
		at := join(path, key)
		if first, twice := seen[key]; twice {
			d.fail(pair.Key, at, fmt.Sprintf("stands in line %d already; write it once", first))
			continue
		}
		seen[key] = placeOf(pair.Key).line
		field, known := fields.byName[key]
		if !known {
			d.fail(pair.Key, at, unknownKey+suggest(key, fields.names))
			continue
		}
		d.field(pair, field, at, depth+1)
	}
}

// field fills a field of a struct. A zero that is written where it stands for the default is not what its author means.
func (d *decoder) field(pair *ast.MappingValueNode, field fieldOf, path string, depth int) {
	before := len(d.errs)
	d.value(pair.Value, field.value, path, depth)
	d.places[path] = placeOf(pair.Key)
	_, null := pair.Value.(*ast.NullNode)
	if field.positive && !null && field.value.IsZero() && len(d.errs) == before {
		d.fail(pair.Value, path, "must be more than 0; leave the key out for its default")
	}
}

func isMapping(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// mapping fills a map.
func (d *decoder) mapping(n ast.Node, v reflect.Value, path string, depth int) {
	pairs, ok := d.pairs(n, path)
	if !ok {
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(pairs)))
	for _, pair := range pairs {
		key := keyOf(pair)
		at := join(path, key)
		mapKey := reflect.ValueOf(key).Convert(v.Type().Key())
		if v.MapIndex(mapKey).IsValid() {
			d.fail(pair.Key, at, fmt.Sprintf("stands in line %d already; write it once", d.places[at].line))
			continue
		}
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(pair.Value, element, at, depth+1)
		d.places[at] = placeOf(pair.Key)
		v.SetMapIndex(mapKey, element)
	}
}

// list fills a slice; a single value is a list of one.
func (d *decoder) list(n ast.Node, v reflect.Value, path string, depth int) {
	items := []ast.Node{n}
	if s, ok := n.(*ast.SequenceNode); ok {
		items = s.Values
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", path, i)
		if len(items) == 1 && item == n {
			at = path
		}
		d.value(item, v.Index(i), at, depth+1)
	}
}

// text hands a scalar's text on.
func (d *decoder) text(n ast.Node, path string, set func([]byte) error) {
	text, ok := d.scalarText(n, path)
	if !ok {
		return
	}
	if err := set([]byte(text)); err != nil {
		d.fail(n, path, err.Error())
	}
}

// scalar fills a string, bool, number or duration.
func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	text, ok := d.scalarText(n, path)
	if !ok {
		return
	}
	if err := setScalar(v, text); err != nil {
		d.fail(n, path, fmt.Sprintf("%s: %s", quote(n), err))
	}
}

var durationType = reflect.TypeFor[time.Duration]()

func setScalar(v reflect.Value, text string) error {
	if v.Type() == durationType {
		span, err := time.ParseDuration(text)
		if err != nil {
			return errors.New("is no time span; write a number with its unit, as in 500ms, 5s or 1h30m")
		}
		v.SetInt(int64(span))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil || text != "true" && text != "false" {
			return errors.New("is neither true nor false")
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return errors.New("is no whole number")
		}
		v.SetInt(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return errors.New("is no number")
		}
		v.SetFloat(f)
	default:
		return fmt.Errorf("cannot be read into %s", v.Type())
	}
	return nil
}

// scalarText returns the text of a scalar as it is written, with ${…} filled in where it is a string.
func (d *decoder) scalarText(n ast.Node, path string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return d.expanded(n, path, n.Value)
	case *ast.LiteralNode:
		return d.expanded(n, path, n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	d.fail(n, path, "wants a single value, not "+kindOf(n))
	return "", false
}

func (d *decoder) expanded(n ast.Node, path, text string) (string, bool) {
	if d.expand == nil {
		return text, true
	}
	out, err := d.expand(text)
	if err != nil {
		d.fail(n, path, err.Error())
	}
	return out, err == nil
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	default:
		return quote(n)
	}
}

// quote shows a scalar as the file has it, never what ${…} in it stands for.
func quote(n ast.Node) string {
	text := []rune(n.GetToken().Value)
	if len(text) > 60 {
		text = append(text[:60], '…')
	}
	return strconv.Quote(string(text))
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
