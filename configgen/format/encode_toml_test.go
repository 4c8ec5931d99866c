package format

import (
	"math"
	"reflect"
	"testing"

	"github.com/BurntSushi/toml"
)

// TestTOMLOrder: the order is the profile's, except that a table's plain values come
// first, because what follows a header belongs to it.
func TestTOMLOrder(t *testing.T) {
	t.Parallel()
	got, err := encodeTOML(Object{
		{"z", "1"},
		{"t", Object{{"sub", Object{{"b", int64(1)}, {"a", false}}}, {"late", 2.0}}},
		{"a", []any{int64(3), []any{}, Object{{"k", "v"}, {"e", Object{}}}}},
		{"inputs", Object{{"cpu", []any{Object{{"y", 1e9}, {"x", Object{{"w", "q\"\\\n\x00"}}}}, Object{}}}, {"of.x y", Object{}}}},
		{"none", []any{}},
		{"m", int64(math.MinInt64)},
	})
	want := `z = "1"
a = [3, [], {k = "v", e = {}}]
none = []
m = -9223372036854775808

[t]
late = 2.0

[t.sub]
b = 1
a = false

[inputs]

[[inputs.cpu]]
y = 1.0e+09

[inputs.cpu.x]
w = "q\"\\\n\u0000"

[[inputs.cpu]]

[inputs."of.x y"]
`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
	var m map[string]any
	if _, err := toml.Decode(string(got), &m); err != nil || !reflect.DeepEqual(m["a"], []any{int64(3), []any{}, map[string]any{"k": "v", "e": map[string]any{}}}) {
		t.Errorf("%v %v", m["a"], err)
	}
}

// TestFloatText: every reader takes the text for a float, and for the same one.
func TestFloatText(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{
		0: "0.0", 5: "5.0", -0.5: "-0.5", 1e3: "1000.0", 1e21: "1.0e+21", 1.5e300: "1.5e+300", 1e-7: "1.0e-07", 0.1: "0.1",
		math.MaxFloat64: "1.7976931348623157e+308", math.SmallestNonzeroFloat64: "5.0e-324",
	} {
		if got := floatText(f); got != want {
			t.Errorf("%v: %s", f, got)
		}
	}
}
