package boot

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/cli/terminal"
)

func TestAge(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Hour: "just now", time.Minute: "just now", 90 * time.Minute: "90 minutes old", 47 * time.Hour: "47 hours old", 72 * time.Hour: "3 days old",
	} {
		if got := age(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestReportText: rows are aligned, and every problem is followed by its fix.
func TestReportText(t *testing.T) {
	t.Parallel()
	r := &Report{}
	r.Process.PID1 = "tsboot"
	r.Problems = []problemReport{{Code: "a", Kind: Invalid, What: "one", Fix: "do this"}, {Code: "b", Kind: CannotWrite, What: "two"}}
	r.Sources = []sourceReport{{Kind: "path", Name: "/a", State: SourceRead, Parameters: 1, Retries: 2}, {Kind: "directory", Name: "/b", State: SourceFailed}}
	r.Conclude(func(k Kind) int { return map[Kind]int{Invalid: 78, CannotWrite: 73}[k] })
	want := `  tsboot
  process  pid 0, uid 0, gid 0; pid 1 here is tsboot

sources
  ok      path       /a  1 parameter, after 2 retries
  FAILED  directory  /b  failed

problems
  1. one [a]
     fix: do this
  2. two [b]

2 problems; a boot would exit with 78
docs/errors.md explains each [code]
`
	if got := string(r.Text(time.Now(), terminal.NewPalette(false))); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestCheckDocument: docs/check.md names every field of the JSON form.
func TestCheckDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	var look func(reflect.Type)
	look = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ.PkgPath() == "time" {
			return
		}
		for field := range typ.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			if name == "" {
				name = field.Name
			}
			if !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("docs/check.md does not name %s of %s", name, typ.Name())
			}
			look(field.Type)
		}
	}
	look(reflect.TypeFor[Report]())
}
