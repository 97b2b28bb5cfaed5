package configs

import (
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml/ast"
)

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

// field fills a field of a struct. If zero stands for the default, a zero in the file is not what its author means.
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
