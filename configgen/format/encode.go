package format

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// A value tree is a content tree with the values in the place of references. Its
// nodes are string, int64, float64, bool, nil, []any and object.

// Object is a mapping in the author's order.
type Object []Member

type Member struct {
	Key   string
	Value any
}

// encodeJSON writes the tokens in order, escaping what JSON must have escaped
// and nothing else.
func encodeJSON(root any) ([]byte, error) {
	var b bytes.Buffer
	e := jsontext.NewEncoder(&b, jsontext.Multiline(true), jsontext.WithIndent("  "))
	if err := writeJSON(e, root); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// exportJSON writes one line, as chamber does.
func exportJSON(all Object) ([]byte, error) {
	var b bytes.Buffer
	err := writeJSON(jsontext.NewEncoder(&b), all)
	return b.Bytes(), err
}

func writeJSON(e *jsontext.Encoder, v any) error {
	switch v := v.(type) {
	case nil:
		return e.WriteToken(jsontext.Null)
	case bool:
		return e.WriteToken(jsontext.Bool(v))
	case int64:
		return e.WriteValue(strconv.AppendInt(nil, v, 10))
	case float64:
		return e.WriteToken(jsontext.Float(v))
	case string:
		return e.WriteToken(jsontext.String(v))
	case jsontext.Value: // of a base
		return e.WriteValue(v)
	case []any:
		if err := e.WriteToken(jsontext.BeginArray); err != nil {
			return err
		}
		for _, item := range v {
			if err := writeJSON(e, item); err != nil {
				return err
			}
		}
		return e.WriteToken(jsontext.EndArray)
	case Object:
		if err := e.WriteToken(jsontext.BeginObject); err != nil {
			return err
		}
		for _, m := range v {
			if err := e.WriteToken(jsontext.String(m.Key)); err != nil {
				return err
			}
			if err := writeJSON(e, m.Value); err != nil {
				return err
			}
		}
		return e.WriteToken(jsontext.EndObject)
	}
	return fmt.Errorf("encode %T", v)
}
