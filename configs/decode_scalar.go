package configs

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// text passes a scalar's text to set.
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
	case *ast.MappingNode:
		if text, ok := torn(n); ok {
			return d.expanded(n, path, text)
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	d.fail(n, path, "wants a single value, not "+kindOf(n))
	return "", false
}

// torn puts a scalar such as header:X-Tenant together again, which the parser takes for a key with a value in a list within
// braces. A colon that ends a key is followed by a space (YAML 1.2, section 7.3.3).
func torn(n *ast.MappingNode) (string, bool) {
	if len(n.Values) != 1 {
		return "", false
	}
	pair := n.Values[0]
	key, value := pair.Key.GetToken(), pair.Value.GetToken()
	isPlain := key.Type == token.StringType && value.Indicator == token.NotIndicator && value.CharacterType == token.CharacterTypeMiscellaneous
	return key.Value + ":" + value.Value, isPlain && value.Position.Offset == pair.Start.Position.Offset+1
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

// quote shows a scalar as it is in the file, never the value behind ${…}.
func quote(n ast.Node) string {
	text := []rune(n.GetToken().Value)
	if len(text) > 60 {
		text = append(text[:60], '…')
	}
	return strconv.Quote(string(text))
}
