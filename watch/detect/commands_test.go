package detect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestShowAgain: what show writes of a rule is a rule file, and its tests pass.
func TestShowAgain(t *testing.T) {
	t.Parallel()
	rules, err := Load(Options{Sets: []string{BaseRuleSet, DockerRuleSet}})
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, r := range rules.rules {
		var out bytes.Buffer
		if err := rules.Show(&out, r.id, false); err != nil {
			t.Fatal(err)
		}
		// Lists are those of a set, so each file has a set of its own here.
		text := strings.Replace(out.String(), "name: "+r.set, "name: "+r.id, 1)
		files[r.id+".yaml"] = text
		var s summary
		if out.Reset(); rules.Show(&out, r.id, true) != nil || json.Unmarshal(out.Bytes(), &s) != nil || s.ID != r.id || s.Tests == 0 {
			t.Errorf("%s: %s", r.id, out.String())
		}
	}
	paths, err := filepath.Glob(write(t, files) + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	failed, err := Test(&out, paths)
	if err != nil || failed > 0 || len(paths) != len(rules.rules) {
		t.Errorf("%d failed of %d files: %v\n%s", failed, len(paths), err, out.String())
	}
	var e *Error
	if err := rules.Show(&out, "docker-downlod", false); !errors.As(err, &e) || !strings.Contains(err.Error(), `did you mean "docker-download"?`) {
		t.Errorf("unknown id: %v", err)
	}
}

// TestShowLists: show has the lists that a rule uses, however it writes them, and no others.
func TestShowLists(t *testing.T) {
	t.Parallel()
	rules := load(t, "name: Own\nlists: {a: [x], b: [y], c: [z]}\nrules:\n- id: r\n  severity: 1\n  when: |\n"+
		"    process.name in lists[ 'a' ] || process.name == 'lists[\"b\"]'\n  suppress: [process.name in lists.c]\n", "Own")
	var out bytes.Buffer
	if err := rules.Show(&out, "r", false); err != nil || !strings.HasPrefix(out.String(), "name: Own\nlists:\n  a: [x]\n  c: [z]\nrules:\n") {
		t.Errorf("%v:\n%s", err, out.String())
	}
}

// TestLongList: a list of one's own that makes a built-in rule too expensive is a fault of the list, for check as for the agent.
func TestLongList(t *testing.T) {
	t.Parallel()
	var words []string
	for i := range 900 {
		words = append(words, fmt.Sprintf("'/x%d:'", i))
	}
	dir := write(t, map[string]string{"own.yaml": "name: Docker Rule Set\nlists:\n  host-paths: [" + strings.Join(words, ", ") + "]\n"})
	file := filepath.Join(dir, "own.yaml")
	_, load := Load(Options{Sets: []string{DockerRuleSet}, Dirs: []string{dir}})
	for _, err := range []error{load, Check(new(bytes.Buffer), []string{file})} {
		if err == nil || !strings.HasPrefix(err.Error(), file+`:3:3: with the list "host-paths" the built-in rule at docker.yaml:`) {
			t.Errorf("%v", err)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	rules, err := Load(Options{Sets: []string{DockerRuleSet}, Dirs: []string{write(t, map[string]string{"law.yaml": law})}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := rules.List(&out, false); err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(out.String(), "\n")
	row := regexp.MustCompile(`(?m)^1 +docker-remote-copy-out +T1048 +Docker Rule Set  Data copied out of a container$`)
	if !strings.HasPrefix(first, "SEVERITY  ID ") || !row.MatchString(rest) {
		t.Errorf("list:\n%s", out.String())
	}
	var all []summary
	if out.Reset(); rules.List(&out, true) != nil || json.Unmarshal(out.Bytes(), &all) != nil || len(all) != len(rules.rules) {
		t.Errorf("list in JSON:\n%s", out.String())
	}
}

func TestCheckAndTest(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"law.yaml": law,
		"wrong.yaml": `name: Own
rules:
- id: a
  name: A
  severity: 2
  when: process.args[1] == "x"
  suppress: ['process.name == "calm"']
  tests:
  - {match: true, event: {process: {args: [a, x]}}}
  - {match: true, event: {process: {args: [a, y]}}}
  - {match: false, event: {process: {args: [a, x]}}}
  - {match: true, event: {process: {args: [a, x], name: calm}}}
  - {match: false, event: {process: {name: b}}}
`,
		"bad.yaml": "name: Own\nrulez: []\n",
	})
	path := func(name string) string { return filepath.Join(dir, name) }
	var out bytes.Buffer
	if err := Check(&out, []string{path("law.yaml"), path("wrong.yaml")}); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.ReplaceAll(out.String(), dir+"/", ""), "law.yaml: 1 rule, 2 tests\nwrong.yaml: 1 rule, 5 tests\n"; got != want {
		t.Errorf("check: %q, want %q", got, want)
	}
	out.Reset()
	failed, err := Test(&out, []string{path("law.yaml"), path("wrong.yaml")})
	want := `wrong.yaml:10:5: rule "a" does not match this event
wrong.yaml:11:5: rule "a" matches this event
wrong.yaml:12:5: rule "a" does not match this event: it is suppressed
wrong.yaml:13:5: rule "a" fails on this event: index out of bounds: 1; ask with has() first
7 tests, 4 failed
`
	if got := strings.ReplaceAll(out.String(), dir+"/", ""); err != nil || failed != 4 || got != want {
		t.Errorf("%d failed, %v:\n%s", failed, err, got)
	}
	var e *Error
	if err := Check(&out, []string{path("bad.yaml")}); !errors.As(err, &e) || !strings.HasSuffix(e.Problems[0].Pos.String(), "bad.yaml:2:1") {
		t.Errorf("bad.yaml: %v", err)
	}
	if err := Check(&out, []string{path("none.yaml")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none.yaml: %v", err)
	}
	if err := Check(&out, []string{"/dev/zero"}); !errors.As(err, &e) || !strings.Contains(err.Error(), "/dev/zero:1:1: the file is larger than") {
		t.Errorf("/dev/zero: %v", err)
	}
}
