package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// privileged says whether scripts may mount and become another user.
var privileged = sync.OnceValue(func() error {
	out, err := exec.Command("unshare", "-m", "sh", "-c", "mount -t tmpfs none /tmp && setpriv --reuid 65534 --regid 65534 --clear-groups true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w %s", err, out)
	}
	return nil
})

// condition knows the scripts' own conditions. Where TSBOOT_REQUIRE names root, the lack of it is a failure.
func condition(name string) (bool, error) {
	if name != "privileged" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	err := privileged()
	if err != nil && slices.Contains(strings.Split(os.Getenv("TSBOOT_REQUIRE"), ","), "root") {
		return false, fmt.Errorf("needs root that may mount: %w", err)
	}
	return err == nil, nil
}

// cmdBroken is the command broken of the scripts. What check prints is left as stdout.
func cmdBroken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: broken N [arg...]")
	}
	code, args := args[0], args[1:]
	cmdCode(ts, false, append([]string{code, "tsboot"}, args...))
	before := tree(ts)
	cmdCode(ts, false, append([]string{code, "tsboot", "check", "--json"}, args...))
	shown := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	var r report
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &r))
	if strconv.Itoa(r.ExitCode) != code || r.OK == (r.ExitCode != 0) {
		ts.Fatalf("JSON has exit code %d, ok %v", r.ExitCode, r.OK)
	}
	cmdCode(ts, false, append([]string{code, "tsboot", "check"}, args...))
	if after := tree(ts); after != before {
		ts.Fatalf("check changed files:\n%s\nbefore:\n%s", after, before)
	}
	for _, p := range slices.Concat(r.Problems, r.Warnings) {
		if e := entryOf(p.Code); e.Seen == "" || p.Section == "" || p.What == "" || p.Mend == "" {
			ts.Fatalf("a problem that is not explained: %+v", p)
		}
	}
	if shown += ts.ReadFile("stdout") + ts.ReadFile("stderr"); strings.Contains(shown, "sikrit") {
		ts.Fatalf("a value is shown")
	}
}

// tree lists what is in the script's directory, and when it was changed.
func tree(ts *testscript.TestScript) string {
	var b strings.Builder
	err := filepath.WalkDir(ts.MkAbs("."), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			fmt.Fprintln(&b, path, info.Mode(), info.Size(), info.ModTime())
		}
		return err
	})
	ts.Check(err)
	return b.String()
}

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

// TestReportText: rows are aligned, and every problem is followed by its mend.
func TestReportText(t *testing.T) {
	t.Parallel()
	r := newReport()
	r.Process.PID1 = "tsboot"
	r.Problems = []problem{{Code: "a", ExitCode: 78, What: "one", Mend: "do this"}, {Code: "b", ExitCode: 73, What: "two"}}
	r.Sources = []sourceReport{{Kind: "path", Name: "/a", State: sourceRead, Parameters: 1, Retries: 2}, {Kind: "directory", Name: "/b", State: sourceFailed}}
	r.conclude()
	want := `  tsboot
  process  pid 0, uid 0, gid 0; pid 1 here is tsboot

sources
  ok      path       /a  1 parameter, after 2 retries
  FAILED  directory  /b  failed

problems
  1. one [a]
     mend: do this
  2. two [b]

2 problems; a boot would end with exit code 78
docs/errors.md explains each [code]
`
	if got := string(r.text(time.Now())); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestCheckDocument: docs/check.md names every field of the JSON form.
func TestCheckDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/check.md")
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
			if name == "" {
				name = field.Name
			}
			if !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("docs/check.md does not name %s of %s", name, typ.Name())
			}
			look(field.Type)
		}
	}
	look(reflect.TypeFor[report]())
}
