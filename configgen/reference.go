package configgen

import (
	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/secrets"
)

// reference gives a parameter in its own type, for a tree.
func (e *evaluation) reference(name string, in *format.Format) (any, bool) {
	v := e.resolved.value(name)
	if !v.set || e.file.OmitEmpty && e.resolved.empty(name) {
		return nil, false
	}
	if fields, isMap := v.Any.(format.Object); isMap {
		return e.fields(name, v, fields, in), true
	}
	texts := v.List
	if texts == nil {
		texts = []string{v.Text}
	}
	for _, s := range texts {
		if refused := in.Leaf(s); refused != nil {
			e.refuse([]string{name}, refused)
		}
	}
	hidden := v.secret && e.mask
	switch written := e.written(); {
	case hidden && v.List == nil:
		return secrets.Redacted, true
	case v.List != nil && (v.Any == nil || hidden):
		list := make([]any, len(v.List))
		for i, s := range v.List {
			list[i] = written(v, s)
		}
		return list, true
	case v.Any == any(v.Text):
		return written(v, v.Text), true
	}
	return v.Any, true
}

// fields gives a map. Of a secret one its keys are not shown either.
func (e *evaluation) fields(name string, v value, fields format.Object, in *format.Format) format.Object {
	shown := e.mapped(name, v, fields, in).(format.Object)
	if v.secret && e.mask {
		return format.Object{{Key: secrets.Redacted, Value: secrets.Redacted}}
	}
	return shown
}

// mapped gives what is in a map, as far as the format can hold it: what stands there
// is known only with the value.
func (e *evaluation) mapped(name string, v value, tree any, in *format.Format) any {
	refuse := func(what, fix string) { e.refuse([]string{name}, &format.Refusal{What: what, Fix: fix}) }
	is := in.Content
	switch tree := tree.(type) {
	case format.Object:
		fields := make(format.Object, 0, len(tree))
		for _, m := range tree {
			if refused := format.NotText(m.Key); refused != nil {
				e.refuse([]string{name}, refused)
			} else if is.Key != nil && !is.Key().MatchString(m.Key) {
				refuse("has a key that the format does not have", "use "+is.KeyIs+" in its keys")
			}
			if _, deeper := m.Value.(format.Object); deeper && is.Depth > 0 {
				refuse("holds a mapping in a mapping, which the format does not have", "make it flatter")
			}
			fields = append(fields, format.Member{Key: e.masker()(value{}, m.Key), Value: e.mapped(name, v, m.Value, in)})
		}
		return fields
	case []any:
		if !is.Arrays {
			refuse("holds a list, which the format does not have", "give it as a string")
		}
		list := make([]any, len(tree))
		for i, item := range tree {
			if _, mapping := item.(format.Object); mapping && is.Plain {
				refuse("holds a mapping in a list, which the format does not have", "make it flatter")
			}
			list[i] = e.mapped(name, v, item, in.InList())
		}
		return list
	case nil:
		if !is.Null && !is.Remove {
			refuse("holds null, which the format does not have", "leave the key out")
		}
		return nil
	case string:
		if refused := in.Leaf(tree); refused != nil {
			e.refuse([]string{name}, refused)
		}
		return e.written()(v, tree)
	}
	return tree
}
