package manifest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/secrets/ssm"
)

// A tree is a string, int, bool, []string, []any of trees, noItems, an object, a verbatim, or an expression of Terraform.
type (
	// object is a mapping that keeps its order. A field without a value is left out.
	object []field
	field  struct {
		key   string
		value any
	}
	// verbatim is an object whose keys are data, not names of the API.
	verbatim object
	// noItems is an empty list that is written.
	noItems struct{}
	// expression is Terraform's own: a reference.
	expression string
)

// empty says whether a field is left out.
func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case object:
		return len(v.fields()) == 0
	}
	return false
}

func (o object) fields() []field {
	var kept []field
	for _, f := range o {
		if !empty(f.value) {
			kept = append(kept, f)
		}
	}
	return kept
}

// with is the object with another value for a key that it has.
func (o object) with(key string, value any) object {
	changed := slices.Clone(o)
	for i := range changed {
		if changed[i].key == key {
			changed[i].value = value
		}
	}
	return changed
}

// get is the value of a key.
func (o object) get(key string) any {
	for _, f := range o {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// list is a []string as a tree's items.
func list(words []string) []any {
	items := make([]any, len(words))
	for i, word := range words {
		items[i] = word
	}
	return items
}

// writer writes trees in the syntax of JSON or of HCL, which differ in little.
type writer struct {
	b     strings.Builder
	equal string // between key and value
	comma string // between fields
	key   func(string) string
	text  func(string) string
}

func jsonText(tree any) []byte {
	w := writer{equal: ": ", comma: ",", key: jsonString, text: jsonString}
	w.value(tree, "")
	w.b.WriteByte('\n')
	return []byte(w.b.String())
}

func hclText(tree any, indent string) string {
	w := writer{equal: " = ", key: hclKey, text: ssm.HCLString}
	w.value(tree, indent)
	return w.b.String()
}

func jsonString(s string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string can always be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

// hclKey is bare where it can be.
func hclKey(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) }) {
		return ssm.HCLString(s)
	}
	return s
}

func (w *writer) value(tree any, indent string) {
	switch v := tree.(type) {
	case string:
		w.b.WriteString(w.text(v))
	case expression:
		w.b.WriteString(string(v))
	case int:
		w.b.WriteString(strconv.Itoa(v))
	case bool:
		w.b.WriteString(strconv.FormatBool(v))
	case noItems:
		w.b.WriteString("[]")
	case []string:
		w.items(list(v), indent)
	case []any:
		w.items(v, indent)
	case verbatim:
		w.object(object(v), indent)
	case object:
		w.object(v, indent)
	}
}

// shortLine is the longest list of words that stands on one line.
const shortLine = 120

func (w *writer) items(items []any, indent string) {
	if line, ok := w.short(items); ok {
		w.b.WriteString(line)
		return
	}
	w.b.WriteString("[\n")
	for i, item := range items {
		w.b.WriteString(indent + "  ")
		w.value(item, indent+"  ")
		w.end(",", i < len(items)-1)
	}
	w.b.WriteString(indent + "]")
}

// short is a list of words on one line.
func (w *writer) short(items []any) (string, bool) {
	words := make([]string, len(items))
	for i, item := range items {
		switch word := item.(type) {
		case string:
			words[i] = w.text(word)
		case expression:
			words[i] = string(word)
		default:
			return "", false
		}
	}
	line := "[" + strings.Join(words, ", ") + "]"
	return line, len(line) <= shortLine
}

func (w *writer) end(comma string, more bool) {
	if more {
		w.b.WriteString(comma)
	}
	w.b.WriteByte('\n')
}

func (w *writer) object(o object, indent string) {
	fields := o.fields()
	w.b.WriteString("{\n")
	for i, f := range fields {
		w.b.WriteString(indent + "  " + w.key(f.key) + w.equal)
		w.value(f.value, indent+"  ")
		w.end(w.comma, i < len(fields)-1)
	}
	w.b.WriteString(indent + "}")
}

// yamlText writes documents of YAML, with a comment at the head of the first.
func yamlText(head string, documents ...any) ([]byte, error) {
	var b bytes.Buffer
	for line := range strings.Lines(head) {
		b.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
	}
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	for _, document := range documents {
		if err := encoder.Encode(yamlNode(document)); err != nil {
			return nil, err
		}
	}
	err := encoder.Close()
	return b.Bytes(), err
}

func yamlNode(tree any) *yaml.Node {
	node := &yaml.Node{}
	switch v := tree.(type) {
	case noItems:
		return yamlNode([]any{})
	case []string:
		return yamlNode(list(v))
	case []any:
		node.Kind = yaml.SequenceNode
		for _, item := range v {
			node.Content = append(node.Content, yamlNode(item))
			if _, word := item.(string); word {
				node.Style = yaml.FlowStyle
			}
		}
	case verbatim:
		return yamlNode(object(v))
	case object:
		node.Kind = yaml.MappingNode
		for _, f := range v.fields() {
			node.Content = append(node.Content, yamlNode(f.key), yamlNode(f.value))
		}
	default:
		_ = node.Encode(v) // string, int, bool can always be encoded
		if v == "=" {      // YAML 1.1 has a type for it, which the encoder does not know
			node.Style = yaml.DoubleQuotedStyle
		}
	}
	return node
}
