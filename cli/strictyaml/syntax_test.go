package strictyaml

import (
	"fmt"
	"strings"
	"testing"
)

// read gives the problems of a document.
func read(text string) string {
	r := &Reader{File: "f"}
	r.Document([]byte(text), Words{File: "the file", Empty: "fill it", Large: "split it", Second: "keep one"})
	var all []string
	for _, p := range r.Problems {
		all = append(all, p.String())
	}
	return strings.Join(all, "\n")
}

// TestSyntax: what is no YAML has the line with which it is none.
func TestSyntax(t *testing.T) {
	t.Parallel()
	const before, after = "name: X\nrules:\n  - id: a\n    severity: 1\n", "    x: y\nz: q\n"
	for line, want := range map[string]string{
		"   when: 'true'\n":          "5:1: not YAML: did not find expected '-' indicator",
		"  when: z\n":                "5:1: not YAML: did not find expected '-' indicator",
		"\twhen: z\n":                "5:1: not YAML: found ",
		"    when: a: b\n":           "5:1: not YAML: mapping values are not allowed in this context",
		"    when: 'x'.format([])\n": "5:1: not YAML: did not find expected key",
		"    when: [\"x\"].all(a)\n": "5:1: not YAML: did not find expected key",
		"    message: {{a.b}} x\n":   "5:1: not YAML: did not find expected key",
		"    message: @x\n":          "5:1: not YAML: found character that cannot start any token",
		"    when: %a\n":             "5:1: not YAML: found character that cannot start any token",
		"    when: \"a\\d\"\n":       "5:1: not YAML: found unknown escape character",
		"    when: *x\n":             "5:1: not YAML: unknown anchor 'x' referenced",
		"    when: a\x01b\n":         "5:1: not YAML: control characters are not allowed",
		"    when: [a, b\n":          "5:1: not YAML: did not find expected ',' or ']'",
		"    when: {a: [b}\n":        "5:1: not YAML: did not find expected ',' or ']'",
		"    when: \"a\n":            "5:1: not YAML: found unexpected end of stream",
		"    when x\n":               "5:1: not YAML: could not find expected ':'",
		"--- a\n--- b: c: d\n":       "6:1: not YAML: mapping values are not allowed in this context",
	} {
		for name, text := range map[string]string{"": before + line + after, " with CRLF": strings.ReplaceAll(before+line+after, "\n", "\r\n")} {
			if got := read(text); !strings.Contains(got, "f:"+want) {
				t.Errorf("%q%s gives %s, want %s", line, name, got, want)
			}
		}
	}
}

// TestSyntaxOfOthers are files of which the first line is the fault, and JSON.
func TestSyntaxOfOthers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"name: \"X\nrules: []\n":                   "f:1:1: not YAML: found unexpected end of stream",
		"name: [":                                  "f:1:1: not YAML",
		"{\"name\": \"A\",\n \"rules\": [}\n":      "f:2:12: not JSON: invalid character '}' looking for beginning of value",
		"{\n\t\"é\": \"A\" \"b\"\n}":               "f:2:11: not JSON: invalid character '\"' after object key:value pair",
		"{\"a\": 1,\n\"b\": [1, 2}\n":              "f:2:11: not JSON: ",
		"{\"a\":\n\"b\\/c\"}":                      "f:2:1: not YAML: found unknown escape character; write the character itself: ",
		"\ufeffname: A: B\n":                       "f:1:1: not YAML: mapping values",
		strings.Repeat("a: b\n", 5_000) + "\tc: d": "f:5001:1: not YAML: ",
	} {
		if got := read(text); !strings.HasPrefix(got, want) {
			t.Errorf("%.50q gives %s, want %s", text, got, want)
		}
	}
}

// TestDocument are the other faults of a whole file.
func TestDocument(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "f:1:1: the file is empty; fill it",
		"# nothing\n":       "f:1:1: the file is empty; fill it",
		"a: 1\n---\nb: 2\n": "f:2:1: the file has a second document; keep one",
		"a: é\xff\n":        "f:1:5: the file is not UTF-8; save it as UTF-8",
		"a: &x 1\nb: *x\n":  "f:1:4: anchor &x has no use; remove it; aliases are not read\nf:2:4: alias *x: aliases are not read; write the value out",
		"a: !!str 1\n":      "f:1:4: tag !!str is not read; remove it; quotes make a string",
		"a: " + strings.Repeat("[", 70) + strings.Repeat("]", 70): "f:1:68: the file is nested deeper than 64 levels; make it flatter",
		strings.Repeat("#", MaxSize+1):                            fmt.Sprintf("f:1:1: the file is larger than %d bytes; split it", MaxSize),
		"---\na: 1\n":                                             "",
		"\ufeffa: 1\r\n":                                          "",
	} {
		if got := read(text); got != want {
			t.Errorf("%.50q gives %q, want %q", text, got, want)
		}
	}
}
