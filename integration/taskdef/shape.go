package taskdef

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// shapeFaults compares JSON with a type of the SDK, whose fields have the API's names with a capital letter. All that is
// wrong is named: unknown keys, keys in another case, wrong types, words that an enumeration lacks.
func shapeFaults(data []byte, t reflect.Type) []string {
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return []string{err.Error()}
	}
	return walk("", tree, t)
}

func walk(at string, value any, t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		return walk(at, value, t.Elem())
	}
	switch v := value.(type) {
	case nil: // a key that is there for its reader only
		return nil
	case string:
		return walkString(at, v, t)
	case bool:
		if t.Kind() == reflect.Bool {
			return nil
		}
	case float64:
		if t.Kind() == reflect.Int32 && v == float64(int32(v)) {
			return nil
		}
	case []any:
		if t.Kind() == reflect.Slice {
			return walkList(at, v, t.Elem())
		}
	case map[string]any:
		return walkMap(at, v, t)
	}
	return []string{fmt.Sprintf("%s: %T where ECS wants %s", at, value, t)}
}

func walkString(at, word string, t reflect.Type) []string {
	if t.Kind() != reflect.String {
		return []string{fmt.Sprintf("%s: the string %q where ECS wants %s", at, word, t)}
	}
	values := reflect.New(t).Elem().MethodByName("Values")
	if !values.IsValid() {
		return nil
	}
	known := values.Call(nil)[0]
	for i := range known.Len() {
		if known.Index(i).String() == word {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: %q is not one of %v", at, word, known)}
}

func walkList(at string, items []any, t reflect.Type) (faults []string) {
	for i, item := range items {
		faults = append(faults, walk(fmt.Sprintf("%s[%d]", at, i), item, t)...)
	}
	return faults
}

func walkMap(at string, fields map[string]any, t reflect.Type) (faults []string) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		inside := strings.TrimPrefix(at+"."+key, ".")
		switch t.Kind() {
		case reflect.Map:
			faults = append(faults, walk(inside, fields[key], t.Elem())...)
		case reflect.Struct:
			field, ok := t.FieldByName(strings.ToUpper(key[:min(1, len(key))]) + key[min(1, len(key)):])
			if !ok || strings.ToUpper(key[:1]) == key[:1] {
				faults = append(faults, inside+": ECS knows no such key")
				continue
			}
			faults = append(faults, walk(inside, fields[key], field.Type)...)
		default:
			return []string{fmt.Sprintf("%s: an object where ECS wants %s", at, t)}
		}
	}
	return faults
}
