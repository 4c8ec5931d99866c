package format

import (
	"bytes"
	"errors"
	"slices"
)

// A file with a base is the vendor's own file with the content over it: mappings
// merge, scalars and lists replace, null removes, and what the content does not name
// stays as the vendor wrote it, as far as the format's reader keeps it. Each format
// does this with the base's own text or nodes, so nothing of the base is read as a
// value and written in another way.

var errNoMapping = errors.New("it is not a mapping (key: value)")

// overlay lays a mapping over another. It changes neither.
func overlay(base, over Object) Object {
	merged := slices.Clone(base)
	for _, m := range over {
		i := slices.IndexFunc(merged, func(old Member) bool { return old.Key == m.Key })
		fields, isObject := m.Value.(Object)
		switch {
		case m.Value == nil && i >= 0:
			merged = slices.Delete(merged, i, i+1)
		case m.Value == nil:
		case isObject && i >= 0:
			old, _ := merged[i].Value.(Object)
			merged[i].Value = overlay(old, fields)
		case isObject:
			merged = append(merged, Member{m.Key, overlay(Object{}, fields)})
		case i >= 0:
			merged[i].Value = m.Value
		default:
			merged = append(merged, m)
		}
	}
	return merged
}

// Pruned is a value that stands over nothing: a null in its mappings has nothing to
// remove. In a list, null is a value.
func Pruned(v any) any {
	if fields, ok := v.(Object); ok {
		return overlay(Object{}, fields)
	}
	return v
}

// withoutMark drops a byte order mark, which some editors write and few readers want.
func withoutMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }
