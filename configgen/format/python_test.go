package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"testing"

	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/integration/require"
)

// pythonReaders print, as JSON, what Python's readers see in a file.
var pythonReaders = map[string]string{
	"yaml": "import sys, json, yaml; print(json.dumps(yaml.safe_load(sys.stdin.buffer.read())))",
	"toml": "import sys, json, tomllib; print(json.dumps(tomllib.load(sys.stdin.buffer)))",
	"ini": `import sys, json, configparser
c = configparser.ConfigParser()
c.optionxform = str
c.read_string("[top]\n" + sys.stdin.buffer.read().decode())
print(json.dumps(dict(c["top"])))`,
	"json": "import sys, json; print(json.dumps(json.load(sys.stdin.buffer)))",
}

// TestPythonReadsTheSame: YAML 1.1 (PyYAML) and INI (configparser, with its
// interpolation) are read otherwise by Python than by Go.
func TestPythonReadsTheSame(t *testing.T) {
	t.Parallel()
	for syntax, program := range pythonReaders {
		t.Run(syntax, func(t *testing.T) {
			t.Parallel()
			needPython(t)
			var fields Object
			want := map[string]string{}
			for i, s := range hostile.Values {
				if Of(syntax).Leaf(s) == nil && !(syntax == "ini" && bytes.ContainsRune([]byte(s), '%')) {
					key := fmt.Sprintf("k%d", i)
					fields, want[key] = append(fields, Member{key, s}), s
				}
			}
			data, err := Of(syntax).Encode(fields)
			if err != nil {
				t.Fatal(err)
			}
			c := exec.Command("python3", "-c", program)
			c.Stdin = bytes.NewReader(data)
			out, err := c.Output()
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]any{}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			for key, s := range want {
				if got[key] != s {
					t.Errorf("%q came back as %q", s, got[key])
				}
			}
		})
	}
}

// TestPythonReadsFloats: YAML 1.1 takes 1e-3 for a string.
func TestPythonReadsFloats(t *testing.T) {
	t.Parallel()
	needPython(t)
	floats := []any{0.0, 5.0, -0.5, 1e-3, 1e-7, 1e21, -1.5e300, math.MaxFloat64, math.SmallestNonzeroFloat64}
	for _, syntax := range []string{"yaml", "toml", "json"} {
		data, err := Of(syntax).Encode(Object{{"all", floats}})
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command("python3", "-c", pythonReaders[syntax])
		c.Stdin = bytes.NewReader(data)
		out, err := c.Output()
		var got struct{ All []any }
		if err := errors.Join(err, json.Unmarshal(out, &got)); err != nil || !slices.Equal(got.All, floats) {
			t.Errorf("%s: %v, %v\n%s", syntax, got.All, err, data)
		}
	}
}

func needPython(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("python3", "-c", "import yaml, tomllib").CombinedOutput(); err != nil {
		require.Missing(t, "python", fmt.Errorf("python3 with yaml and tomllib: %w: %s", err, lastLine(out)))
	}
}

func lastLine(out []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return lines[len(lines)-1]
}
