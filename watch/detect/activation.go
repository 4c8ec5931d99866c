package detect

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/tsboot/tsboot/watch/event"
)

// activation is one event as expressions see it. Each field is converted when the first rule asks for it, and once.
type activation struct {
	shape     *shape
	event     *event.Event
	sight     sight // of the event
	variables map[string]*field
	values    []ref.Val // of fields that were asked for, by their slot
	objects   []*object // by the slot of the field
	small     answer    // whether the event is within the sizes
}

func newActivation(s *shape) *activation {
	a := &activation{shape: s, variables: make(map[string]*field), values: make([]ref.Val, s.slots), objects: make([]*object, s.slots)}
	for _, f := range s.objects {
		a.objects[f.slot] = &object{field: f, in: a}
	}
	for _, f := range s.root.children {
		if f.forRules {
			a.variables[f.path] = f
		}
	}
	return a
}

// reset goes on to another event.
func (a *activation) reset(e *event.Event) {
	a.event, a.sight, a.small = e, sightOf(e), maybe
	clear(a.values)
}

// within is whether the event is of the sizes that costs are estimated for.
func (a *activation) within() bool {
	if a.small == maybe {
		a.small = answerOf(a.shape.root.within(reflect.ValueOf(a.event).Elem()))
	}
	return a.small == yes
}

// ResolveName gives a variable of an expression.
func (a *activation) ResolveName(name string) (any, bool) {
	if f := a.variables[name]; f != nil {
		return a.value(f), true
	}
	return nil, false
}

// Parent is the activation around this one: there is none.
func (a *activation) Parent() cel.Activation { return nil }

// value is a field. An object that the event does not have is null.
func (a *activation) value(f *field) ref.Val {
	v := a.values[f.slot]
	if v != nil {
		return v
	}
	switch {
	case len(f.children) == 0:
		v = f.value(a.event)
	case f.present(a.event):
		v = a.objects[f.slot]
	default:
		v = types.NullValue
	}
	a.values[f.slot] = v
	return v
}

// object is an object of the event, such as process.
type object struct {
	field *field
	in    *activation
}

// Get is a field that is asked for by a name that was not known when the rule was loaded.
func (o *object) Get(index ref.Val) ref.Val {
	name, _ := index.Value().(string)
	if f := o.field.child(name); f != nil {
		return o.in.value(f)
	}
	return types.NewErr("no such field %q in %s", name, o.field.path)
}

// IsSet is has() of such a field.
func (o *object) IsSet(index ref.Val) ref.Val {
	name, _ := index.Value().(string)
	if f := o.field.child(name); f != nil {
		return types.Bool(f.present(o.in.event))
	}
	return types.NewErr("no such field %q in %s", name, o.field.path)
}

// ConvertToNative is for callers in Go: there are none.
func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s cannot become %s", o.field.path, t)
}

// ConvertToType answers type() and the like.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	switch t.TypeName() {
	case types.TypeType.TypeName():
		return o.field.kind
	case o.field.kind.TypeName():
		return o
	}
	return types.NewErr("%s cannot become %s", o.field.path, t.TypeName())
}

// Equal is whether both are the same object of the event.
func (o *object) Equal(other ref.Val) ref.Val {
	same, ok := other.(*object)
	return types.Bool(ok && same.field == o.field)
}

// Type is the object's type.
func (o *object) Type() ref.Type { return o.field.kind }

// Value is the object: fields are read from it.
func (o *object) Value() any { return o }

// provider tells the type checker which fields there are.
type provider struct {
	*types.Registry
	shape *shape
}

// FindStructType is the type of an object, by name.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if f := p.shape.objects[name]; f != nil {
		return types.NewTypeTypeWithParam(f.kind), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames lists the fields of an object.
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	if f := p.shape.objects[name]; f != nil {
		return f.names(false), true
	}
	return p.Registry.FindStructFieldNames(name)
}

// FindStructFieldType is how a field of an object is read.
func (p provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	o := p.shape.objects[name]
	if o == nil {
		return p.Registry.FindStructFieldType(name, fieldName)
	}
	f := o.child(fieldName)
	if f == nil {
		return nil, false
	}
	return &types.FieldType{
		Type: f.kind,
		IsSet: func(target any) bool {
			o, there := target.(*object)
			return there && f.present(o.in.event)
		},
		GetFrom: func(target any) (any, error) {
			if o, there := target.(*object); there {
				return o.in.value(f), nil
			}
			return f.zero, nil
		},
	}, true
}
