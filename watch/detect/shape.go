package detect

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/tsboot/tsboot/watch/event"
)

// notForRules are the fields that only an alert has. A fixture may hold them: an alert can be pasted into one.
var notForRules = []string{"message", "rule", "threat"}

// shape is which fields an event has, read off event.Event: a field that is added there is known to rules at once.
type shape struct {
	root    *field            // its children are the variables of rules
	objects map[string]*field // by the name of their type
	slots   int
}

// field is one name of an event. It is an object, with children, or a leaf.
type field struct {
	name     string // as in the output
	path     string // process.parent.pid
	kind     *types.Type
	forRules bool
	index    int // in the Go struct around it
	pointer  bool
	typ      reflect.Type // without the pointer
	parent   *field
	children []*field
	slot     int     // its number among all fields
	zero     ref.Val // what a rule sees where the event does not have it
}

var (
	timeType  = reflect.TypeFor[time.Time]()
	textsType = reflect.TypeFor[[]string]()
)

// newShape reads event.Event. An error is a type that rules cannot see yet.
func newShape() (*shape, error) {
	s := &shape{objects: make(map[string]*field)}
	s.root = &field{typ: reflect.TypeFor[event.Event](), forRules: true}
	if err := s.read(s.root); err != nil {
		return nil, err
	}
	return s, nil
}

// read reads the fields of an object.
func (s *shape) read(object *field) error {
	for i := range object.typ.NumField() {
		sf := object.typ.Field(i)
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		f := &field{name: name, path: name, index: i, typ: sf.Type, parent: object, forRules: object.forRules}
		if object == s.root {
			f.forRules = !slices.Contains(notForRules, name)
			f.path = strings.TrimPrefix(name, "@") // a variable of CEL cannot begin with @
		} else {
			f.path = object.path + "." + name
		}
		if f.typ.Kind() == reflect.Pointer {
			f.pointer, f.typ = true, f.typ.Elem()
		}
		if err := s.classify(f); err != nil {
			return err
		}
		object.children = append(object.children, f)
	}
	return nil
}

// classify says what a rule sees of a field. Each object is a type by itself. Its name has its path, for readable messages, and
// a character that no expression can write: user.effective is a field, never the name of a type.
func (s *shape) classify(f *field) error {
	f.slot = s.slots
	s.slots++
	switch {
	case f.typ == timeType:
		f.kind, f.zero = types.TimestampType, types.Timestamp{Time: time.Unix(0, 0).UTC()}
	case f.typ == textsType:
		f.kind, f.zero = types.NewListType(types.StringType), types.NewStringList(types.DefaultTypeAdapter, nil)
	case f.typ.Kind() == reflect.Struct:
		f.kind, f.zero = types.NewObjectType("event/"+f.path), types.NullValue
		s.objects[f.kind.TypeName()] = f
		return s.read(f)
	case f.typ.Kind() == reflect.String:
		f.kind, f.zero = types.StringType, types.String("")
	case f.typ.Kind() == reflect.Bool:
		f.kind, f.zero = types.BoolType, types.False
	case reflect.Zero(f.typ).CanInt() || reflect.Zero(f.typ).CanUint():
		f.kind, f.zero = types.IntType, types.IntZero
	default:
		return fmt.Errorf("read the shape of an event: %s is %s, which rules cannot see", f.path, f.typ)
	}
	return nil
}

// names are the names of an object's fields.
func (f *field) names(all bool) []string {
	var names []string
	for _, c := range f.children {
		if all || c.forRules {
			names = append(names, c.name)
		}
	}
	return names
}

// child is the field of an object that has the name, or nil.
func (f *field) child(name string) *field {
	for _, c := range f.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// variables are the names that rules have for the fields of an event.
func (s *shape) variables() []string {
	var names []string
	for _, f := range s.root.children {
		if f.forRules {
			names = append(names, f.path)
		}
	}
	return names
}

// find is the field of rules that has a path, or nil.
func (s *shape) find(path string) *field {
	f := s.root
	for _, name := range strings.Split(path, ".") {
		f = f.variable(name)
		if f == nil || !f.forRules {
			return nil
		}
	}
	return f
}

// variable is the field by the name that rules have for it: the timestamp has another one in the output.
func (f *field) variable(name string) *field {
	for _, c := range f.children {
		if c.name == name || strings.TrimPrefix(c.name, "@") == name {
			return c
		}
	}
	return nil
}

// in is the field of an event; not valid where what is around it is absent.
func (f *field) in(e *event.Event) reflect.Value {
	if f.parent == nil {
		return reflect.ValueOf(e).Elem()
	}
	v := f.parent.in(e)
	if !v.IsValid() {
		return v
	}
	v = v.Field(f.index)
	if f.pointer {
		return v.Elem() // not valid for nil
	}
	return v
}

// value is what a rule sees of a leaf.
func (f *field) value(e *event.Event) ref.Val {
	v := f.in(e)
	if !v.IsValid() {
		return f.zero
	}
	switch {
	case f.typ == timeType:
		return types.Timestamp{Time: v.Interface().(time.Time)}
	case f.typ == textsType:
		return types.NewStringList(types.DefaultTypeAdapter, v.Interface().([]string))
	case v.Kind() == reflect.String:
		return types.String(v.String())
	case v.Kind() == reflect.Bool:
		return types.Bool(v.Bool())
	case v.CanInt():
		return types.Int(v.Int())
	}
	return types.Int(int64(v.Uint()))
}

// present is whether an event has the field: what is empty is absent, as in the output.
func (f *field) present(e *event.Event) bool {
	v := f.in(e)
	if !v.IsValid() {
		return false
	}
	if v.Kind() == reflect.Slice {
		return v.Len() > 0
	}
	return f.pointer && len(f.children) > 0 || !v.IsZero()
}

// within is whether everything in v, which is what f stands for, is of a size that costs are estimated for.
func (f *field) within(v reflect.Value) bool {
	if f.pointer {
		if v.IsNil() {
			return true
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.String:
		return v.Len() <= maxText
	case f.typ == textsType:
		texts := v.Interface().([]string)
		return len(texts) <= maxItems && !slices.ContainsFunc(texts, func(s string) bool { return len(s) > maxText })
	}
	for _, c := range f.children {
		if !c.within(v.Field(c.index)) {
			return false
		}
	}
	return true
}
