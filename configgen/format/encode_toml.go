package format

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// encodeTOML writes plain values first, because a table goes on to the next header,
// then the tables; both in the author's order. (The libraries write a map, sorted.)
func encodeTOML(root any) ([]byte, error) {
	table, ok := root.(Object)
	if !ok {
		return nil, fmt.Errorf("encode %T", root)
	}
	var b bytes.Buffer
	err := writeTOML(&b, "", table)
	return b.Bytes(), err
}

// writeTOML writes the inside of a table, and the tables below it. path is its
// header, "" at the root.
func writeTOML(b *bytes.Buffer, path string, table Object) error {
	for _, m := range table {
		if tablesOf(m.Value) != nil {
			continue
		}
		text, err := tomlText(m.Value)
		if err != nil {
			return err
		}
		b.WriteString(tomlKey(m.Key) + " = " + text + "\n")
	}
	for _, m := range table {
		header := tomlHeader(path, m.Key)
		for _, t := range tablesOf(m.Value) {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			if _, one := m.Value.(Object); one {
				b.WriteString("[" + header + "]\n")
			} else {
				b.WriteString("[[" + header + "]]\n")
			}
			if err := writeTOML(b, header, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// tablesOf are the tables that a value is written as: itself, or the items of a
// list of nothing but mappings. It is nil for a plain value.
func tablesOf(v any) []Object {
	if table, ok := v.(Object); ok {
		return []Object{table}
	}
	list, _ := v.([]any)
	var all []Object
	for _, item := range list {
		table, ok := item.(Object)
		if !ok {
			return nil
		}
		all = append(all, table)
	}
	return all
}

// tomlText writes a value in one line.
func tomlText(v any) (string, error) {
	switch v := v.(type) {
	case tomlRaw: // of a base
		return string(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return floatText(v), nil
	case string:
		inside, refused := insideTOML(v)
		if refused != nil {
			return "", fmt.Errorf("a string %s", refused.What)
		}
		return `"` + inside + `"`, nil
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			var err error
			if items[i], err = tomlText(item); err != nil {
				return "", err
			}
		}
		return "[" + strings.Join(items, ", ") + "]", nil
	case Object:
		fields := make([]string, len(v))
		for i, m := range v {
			text, err := tomlText(m.Value)
			if err != nil {
				return "", err
			}
			fields[i] = tomlKey(m.Key) + " = " + text
		}
		return "{" + strings.Join(fields, ", ") + "}", nil
	}
	return "", fmt.Errorf("encode %T", v)
}

var tomlBareKey = secrets.LazyRegexp(`^[A-Za-z0-9_-]+$`)

// tomlKey quotes a key that is not a plain word.
func tomlKey(key string) string {
	if tomlBareKey().MatchString(key) {
		return key
	}
	inside, _ := insideTOML(key) // a profile is UTF-8
	return `"` + inside + `"`
}

func tomlHeader(path, key string) string {
	if path == "" {
		return tomlKey(key)
	}
	return path + "." + tomlKey(key)
}

// floatText writes a number that is a float to each reader: YAML 1.1 wants a dot,
// digits around it, and a sign in the exponent; JSON and TOML take that, too.
func floatText(f float64) string {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	mantissa, exponent, large := strings.Cut(text, "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	if !large {
		return mantissa
	}
	return mantissa + "e" + exponent
}
