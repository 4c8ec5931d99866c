//go:build linux

package fileset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bootEnv boots two files below dir, which hold a key.
type bootEnv struct {
	t   *testing.T
	dir string
}

func newBootEnv(t *testing.T) *bootEnv {
	t.Helper()
	return &bootEnv{t, t.TempDir()}
}

func (o *bootEnv) a() string      { return filepath.Join(o.dir, "one/a.json") }
func (o *bootEnv) b() string      { return filepath.Join(o.dir, "two/b.json") }
func (o *bootEnv) record() string { return recordPath(o.a()) }

// files are those of a boot with this key.
func (o *bootEnv) files(key string) []File {
	content := []byte("{\n  \"key\": \"" + key + "\"\n}\n")
	return []File{{Path: o.a(), Mode: 0o600, Content: content, Secret: true}, {Path: o.b(), Mode: 0o640, Content: content, Secret: true}}
}

// boot is one whose setup has a step that can be skipped, and ends.
func (o *bootEnv) boot(key string) error {
	o.t.Helper()
	a, err := Apply(o.files(key), nil, Options{Skips: true})
	if err != nil {
		return err
	}
	return ClearPending(a.Pending)
}

func (o *bootEnv) mustBoot(key string) {
	o.t.Helper()
	o.do(o.boot(key))
}

// existing is what a boot finds that has no content for the files.
func (o *bootEnv) existing() (Applied, []Problem) {
	x := &Earlier{}
	var problems []Problem
	for _, f := range o.files("") {
		if problem := x.Check(f); problem != nil {
			problems = append(problems, *problem)
		}
	}
	if len(problems) > 0 {
		return Applied{}, problems
	}
	a, problem := x.Applied(true)
	if problem != nil {
		return Applied{}, []Problem{*problem}
	}
	return a, nil
}

// mustExist wants the files to be taken over.
func (o *bootEnv) mustExist() Applied {
	o.t.Helper()
	a, problems := o.existing()
	if problems != nil {
		o.t.Errorf("not taken over: %+v", problems)
	}
	return a
}

// refused wants the files not to be taken over, with this code.
func (o *bootEnv) refused(code string) {
	o.t.Helper()
	_, problems := o.existing()
	if len(problems) != 1 || problems[0].Code != code || !strings.Contains(problems[0].What, o.dir) {
		o.t.Errorf("problems %+v, want %s", problems, code)
	}
}

func (o *bootEnv) do(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// names lists a directory.
func names(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "none"
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}
