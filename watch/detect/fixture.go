package detect

import (
	"math"
	"reflect"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/watch/event"
)

// fixture reads one test.
func (f *ruleFile) fixture(s *shape, n *yaml.Node) fixture {
	keys := f.fields(n, "a test", []string{"match", "event"})
	t := fixture{at: f.At(n), event: new(event.Event)}
	if n := keys["match"]; n != nil {
		t.match = f.Boolean(n, "match")
	}
	if n := keys["event"]; n != nil {
		f.fill(n, s.root, reflect.ValueOf(t.event).Elem())
	}
	return t
}

// fill writes what stands at n into v, which field describes.
func (f *ruleFile) fill(n *yaml.Node, field *field, v reflect.Value) {
	if field.pointer {
		v.Set(reflect.New(field.typ))
		v = v.Elem()
	}
	what := field.path
	switch {
	case field.typ == timeType:
		text, ok := f.Text(n, what)
		at, err := time.Parse(time.RFC3339Nano, text)
		if ok && err != nil {
			f.Fail(n, "write e.g. 2026-01-02T03:04:05.678Z", "%s: %q is not a time", what, strictyaml.Clip(text))
		}
		v.Set(reflect.ValueOf(at))
	case field.typ == textsType:
		var texts []string
		f.Each(n, what, func(n *yaml.Node) {
			text, _ := f.Text(n, "an item of "+what)
			texts = append(texts, text)
		})
		v.Set(reflect.ValueOf(texts))
	case len(field.children) > 0:
		if what == "" {
			what = "an event"
		}
		f.Pairs(n, what, func(key, value *yaml.Node) {
			child := field.variable(key.Value)
			if child == nil {
				f.Fail(key, strictyaml.Nearest(key.Value, field.names(true)), "unknown field %q of %s", strictyaml.Clip(key.Value), what)
				return
			}
			f.fill(value, child, v.Field(child.index))
		})
	case v.Kind() == reflect.String:
		text, _ := f.Text(n, what)
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		v.SetBool(f.Boolean(n, what))
	case v.CanInt():
		v.SetInt(f.Integer(n, what, math.MinInt32, math.MaxInt64))
	default:
		v.SetUint(uint64(f.Integer(n, what, 0, math.MaxUint32)))
	}
}
