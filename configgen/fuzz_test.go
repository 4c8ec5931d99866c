package configgen

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// FuzzParse: no profile panics the reader, every mistake has its place, and
// what is read can be resolved, rendered and expanded.
func FuzzParse(f *testing.F) {
	contract, err := os.ReadFile("profile/testdata/contract.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(contract, "value")
	for _, p := range profile.Builtins() {
		source, _ := profile.Source(p.Name)
		f.Add(source, "info")
	}
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range cases {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range txtar.Parse(data).Files {
			if part.Name == "profile.yaml" {
				f.Add(part.Data, "x\ny")
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, s string) {
		p, err := profile.Parse("fuzz.yaml", data)
		if err != nil {
			for _, problem := range err.(*Error).Problems {
				if problem.Pos.Line < 1 || problem.Pos.Column < 1 || problem.What == "" {
					t.Errorf("no place: %v", problem)
				}
			}
			return
		}
		layer := secrets.Layer{Origin: "fuzz"}
		for _, d := range p.Parameters {
			layer.Parameters = append(layer.Parameters, secrets.Parameter{Name: d.Name, FullName: "/" + d.Name, Value: secrets.NewValue(s)})
		}
		for i := range p.Tests {
			_ = Try(p, &p.Tests[i])
		}
		for _, layers := range [][]secrets.Layer{nil, {layer}} {
			r, err := Resolve(p, layers)
			if err != nil {
				continue
			}
			_, _ = r.Render()
			_, _ = r.steps(r.Profile.Setup, false, func(string) bool { return true })
			_, _ = r.steps(r.Profile.Setup, true, nil)
			_, _ = r.Run()
			_, _ = r.Health()
			_, _ = r.BeforeStart(false)
			_, _ = r.Stop()
			_ = r.Masks()
			_, _ = r.Environment([]string{"A=b", "c"}, EnvOptions{Strict: true})
		}
	})
}
