package configgen

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/BurntSushi/toml"
	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// A value tree is what is left of a content tree when the references are
// filled in: string, int64, float64, bool, nil, []any, or object.

// object keeps the author's order.
type object []member

type member struct {
	key   string
	value any
}

// encoder writes a value tree; leaf refuses a string that the format, or one
// of its readers, would not give back as it was.
type encoder struct {
	encode func(any) ([]byte, error)
	leaf   func(string) *broken
}

var encoders = map[string]encoder{
	"json": {encodeJSON, notText},
	"yaml": {encodeYAML, notText},
	"toml": {encodeTOML, notText},
	"ini":  {encodeINI, func(s string) *broken { _, err := iniValue(s); return err }},
	"env":  {encodeEnv, func(s string) *broken { _, err := envValue(s); return err }},
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
	case object:
		if err := e.WriteToken(jsontext.BeginObject); err != nil {
			return err
		}
		for _, m := range v {
			if err := e.WriteToken(jsontext.String(m.key)); err != nil {
				return err
			}
			if err := writeJSON(e, m.value); err != nil {
				return err
			}
		}
		return e.WriteToken(jsontext.EndObject)
	}
	return fmt.Errorf("encode %T", v)
}

// encodeYAML quotes every string: what a reader of YAML 1.1 takes for a
// boolean, a date, a number in base 60 or a merge is then a string to all.
func encodeYAML(root any) ([]byte, error) {
	n, err := yamlNode(root)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

func yamlNode(v any) (*yaml.Node, error) {
	scalar := func(tag, s string) (*yaml.Node, error) {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: s}, nil
	}
	switch v := v.(type) {
	case nil:
		return scalar("!!null", "null")
	case bool:
		return scalar("!!bool", strconv.FormatBool(v))
	case int64:
		return scalar("!!int", strconv.FormatInt(v, 10))
	case float64:
		return scalar("!!float", strconv.FormatFloat(v, 'g', -1, 64))
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v, Style: yaml.DoubleQuotedStyle}, nil
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			c, err := yamlNode(item)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, c)
		}
		return n, nil
	case object:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, m := range v {
			c, err := yamlNode(m.value)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, yamlKey(m.key), c)
		}
		return n, nil
	}
	return nil, fmt.Errorf("encode %T", v)
}

// encodeTOML leaves order to the library: tables after values, keys sorted.
func encodeTOML(root any) ([]byte, error) {
	table, ok := plain(root).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("encode %T", root)
	}
	var b bytes.Buffer
	e := toml.NewEncoder(&b)
	e.Indent = ""
	if err := e.Encode(table); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// plain turns objects into maps.
func plain(v any) any {
	switch v := v.(type) {
	case object:
		m := make(map[string]any, len(v))
		for _, field := range v {
			m[field.key] = plain(field.value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = plain(item)
		}
		return list
	}
	return v
}
