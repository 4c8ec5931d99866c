package format

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/secrets"
)

// encodeYAML quotes every string. A reader of YAML 1.1 would take some bare words
// for booleans, dates, numbers in base 60 or merges.
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
		return scalar("!!float", floatText(v))
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
	case Object:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, m := range v {
			c, err := yamlNode(m.Value)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, yamlKey(m.Key), c)
		}
		return n, nil
	}
	return nil, fmt.Errorf("encode %T", v)
}

var yamlBareKey = secrets.LazyRegexp(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// yamlWords are bare words that some reader does not take for strings.
var yamlWords = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

// yamlKey quotes a key that is not a plain word.
func yamlKey(key string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
	if !yamlBareKey().MatchString(key) || slices.Contains(yamlWords, strings.ToLower(key)) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}
