package profile

import (
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/secrets"
)

// Schema is the language as a JSON Schema, for editors. It refuses unknown keys,
// wrong types and words; what a value refers to is for Parse.
func Schema() []byte {
	p := &parser{profile: &Profile{}}
	root := format.Object{
		{Key: "$schema", Value: "https://json-schema.org/draft/2020-12/schema"},
		{Key: "title", Value: "a profile of tsboot"},
	}
	data, err := format.Of("json").Encode(append(root, ofKeys(p.profileKeys())...))
	if err != nil {
		panic(err) // it has no value that comes from outside
	}
	return data
}

// ofKeys is the schema of a mapping with known keys.
func ofKeys(keys []key) format.Object {
	var properties format.Object
	var required, rules []any
	for _, k := range keys {
		schema := append(format.Object{{Key: "description", Value: plainText(k.about)}}, k.is.schema()...)
		properties = append(properties, format.Member{Key: k.name, Value: schema})
		switch {
		case k.only != nil:
			rules = append(rules, k.rule())
		case k.required:
			required = append(required, k.name)
		}
	}
	schema := format.Object{
		{Key: "type", Value: "object"}, {Key: "properties", Value: properties}, {Key: "additionalProperties", Value: false},
	}
	if len(required) > 0 {
		schema = append(schema, format.Member{Key: "required", Value: required})
	}
	if len(rules) > 0 {
		schema = append(schema, format.Member{Key: "allOf", Value: rules})
	}
	return schema
}

// rule says where a key may stand, and where it must.
func (k *key) rule() format.Object {
	const properties, required = "properties", "required"
	beside := format.Object{
		{Key: properties, Value: format.Object{{Key: k.only.key, Value: format.Object{{Key: "enum", Value: texts(k.only.words)}}}}},
		{Key: required, Value: []any{k.only.key}},
	}
	rule := format.Object{{Key: "if", Value: beside}}
	if k.required {
		rule = append(rule, format.Member{Key: "then", Value: format.Object{{Key: required, Value: []any{k.name}}}})
	}
	return append(rule, format.Member{Key: "else", Value: format.Object{{Key: properties, Value: format.Object{{Key: k.name, Value: false}}}}})
}

// schema is the shape in words of JSON Schema.
func (s shape) schema() format.Object {
	var o format.Object
	set := func(key string, value any) { o = append(o, format.Member{Key: key, Value: value}) }
	switch {
	case s.keys != nil:
		return ofKeys(s.keys())
	case len(s.kinds) == 1:
		set("type", s.kinds[0])
	case len(s.kinds) > 1:
		set("type", texts(s.kinds))
	}
	if s.pattern != "" {
		set("pattern", s.pattern)
	}
	if len(s.words) > 0 {
		set("enum", texts(s.words))
	}
	if s.bounded {
		set("minimum", int64(s.least))
		set("maximum", int64(s.most))
	}
	if s.item != nil {
		set("items", s.item.schema())
	}
	if s.some {
		set("minItems", int64(1))
	}
	if s.names != "" {
		set("propertyNames", format.Object{{Key: "pattern", Value: s.names}})
	}
	if s.values != nil {
		set("additionalProperties", s.values.schema())
	}
	if len(s.either) > 0 {
		var list []any
		for _, shape := range s.either {
			list = append(list, shape.schema())
		}
		set("anyOf", list)
	}
	return o
}

func texts(words []string) []any {
	list := make([]any, len(words))
	for i, w := range words {
		list[i] = w
	}
	return list
}

var markdownLink = secrets.LazyRegexp(`\[([^\]]*)\]\([^)]*\)`)

// plainText is a description without the links and quotes of Markdown.
func plainText(markdown string) string {
	return strings.ReplaceAll(markdownLink().ReplaceAllString(markdown, "$1"), "`", "")
}
