package configs

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// fieldSet is the set of fields of a struct.
type fieldSet struct {
	byName map[string]fieldOf
	names  []string
	bareAs string
}

// fieldOf is one field of a struct.
type fieldOf struct {
	value    reflect.Value
	positive bool // its zero value stands for the default
}

func (f fieldSet) bare() (reflect.Value, bool) {
	field, ok := f.byName[f.bareAs]
	return field.value, ok
}

// fieldsOf lists the fields of a struct by their tags, those of inlined structs included.
func fieldsOf(v reflect.Value) fieldSet {
	set := fieldSet{byName: map[string]fieldOf{}}
	for field, value := range v.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if options == "inline" {
			inner := fieldsOf(value)
			set.names = append(set.names, inner.names...)
			maps.Copy(set.byName, inner.byName)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		if options == "bare" {
			set.bareAs = name
		}
		set.byName[name] = fieldOf{value, options == "positive"}
		set.names = append(set.names, name)
	}
	slices.Sort(set.names)
	return set
}
