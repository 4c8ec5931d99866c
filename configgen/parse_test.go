package configgen

import "testing"

func TestBuiltinsParse(t *testing.T) {
	for _, p := range Builtins() {
		t.Run(p.Name, func(t *testing.T) {
			source, ok := Source(p.Name)
			if !ok || len(source) == 0 {
				t.Fatalf("no source for %q", p.Name)
			}
			if p.Description == "" {
				t.Error("no description")
			}
		})
	}
}
