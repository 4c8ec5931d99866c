package ssm

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/secrets"
)

// TestCatalogueIsWhole: every code of secrets and of this package has one entry, and every entry has all that the
// documentation is made from.
func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	for file, entries := range map[string][]secrets.Entry{"../catalogue.go": secrets.Catalogue(), "catalogue.go": Catalogue()} {
		checkEntries(t, codesIn(t, file), entries)
	}
}

// codesIn are the values of a file's constants whose names begin with Code.
func codesIn(t *testing.T, name string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
			codes[strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)] = true
		}
		return true
	})
	if len(codes) == 0 {
		t.Errorf("%s has no codes", name)
	}
	return codes
}

func checkEntries(t *testing.T, codes map[string]bool, entries []secrets.Entry) {
	t.Helper()
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, e := range entries {
		if !codes[e.Code] {
			t.Errorf("code %s is twice in the catalogue, or has no constant", e.Code)
		}
		delete(codes, e.Code)
		if !kebab.MatchString(e.Code) || e.Seen == "" || e.Cause == "" || e.Do == "" || strings.HasSuffix(e.Do, ".") {
			t.Errorf("entry %+v", e)
		}
		switch e.Kind {
		case secrets.Usage, secrets.Unavailable, secrets.Denied, secrets.Invalid:
		default:
			t.Errorf("%s is of kind %v", e.Code, e.Kind)
		}
	}
	for code := range codes {
		t.Errorf("code %s is not in the catalogue", code)
	}
}
