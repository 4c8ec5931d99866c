package boot

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// home is a directory with what a boot reads and writes.
type home struct {
	t   *testing.T
	dir string
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{t, t.TempDir()}
	h.write("secrets/api-key", "sikrit")
	h.write("secrets/level", "info")
	return h
}

func (h *home) path(name string) string { return filepath.Join(h.dir, name) }

func (h *home) write(name, text string) string {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(h.path(name)), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(h.path(name), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return h.path(name)
}

// options are those of a boot that goes through.
func (h *home) options() Options {
	return Options{
		Profile: h.write("profile.yaml", `name: demo
parameters:
  api-key: {required: true, secret: true}
  level: {enum: [debug, info]}
  first: {default: `+h.path("etc/first.json")+`}
  second: {default: `+h.path("etc/second.json")+`}
files:
  - {path: "${first}", format: json, content: {key: "${api-key}"}}
  - {path: "${second}", format: json, content: {level: "${level}"}}
run: {argv: [/bin/true]}
`),
		Sources: Sources{Dirs: []string{h.path("secrets")}, Fetch: FetchByPath},
	}
}

// replace writes the profile with another text in one place.
func (h *home) replace(o *Options, old, new string) {
	h.t.Helper()
	text, err := os.ReadFile(o.Profile)
	if err != nil || !strings.Contains(string(text), old) {
		h.t.Fatalf("%v; %q is not in the profile", err, old)
	}
	h.write("profile.yaml", strings.Replace(string(text), old, new, 1))
}

func newBoot(o Options) *Boot {
	return New(Config{Options: o, Environ: os.Environ(), Log: hclog.NewNullLogger()})
}

// A stageFault is one thing that is wrong, and the stage that finds it.
type stageFault struct {
	name, stage, code string
	make              func(*home, *Options)
}

// stageFaults are in the order in which a boot meets them.
var stageFaults = []stageFault{
	{"working directory", "profile", "usage", func(h *home, o *Options) { o.Process.Dir = h.path("none") }},
	{"no such profile", "profile", "usage", func(_ *home, o *Options) { o.Profile = "none" }},
	{"unknown key", "profile", "profile-invalid", func(h *home, o *Options) { h.replace(o, "run:", "runs: {}\nrun:") }},
	{"secret on the command line", "profile", "set-secret", func(_ *home, o *Options) { o.Sources.Set = append(o.Sources.Set, "api-key=x") }},
	{"reference", "sources", "bad-reference", func(_ *home, o *Options) { o.Sources.Parameters = []string{"/app/?"} }},
	{"no directory", "sources", "bad-secrets-dir", func(h *home, o *Options) { o.Sources.Dirs = append(o.Sources.Dirs, h.path("none")) }},
	{"access denied", "sources", "ssm-access-denied", func(h *home, o *Options) {
		store, err := secretstest.Start("")
		if err != nil {
			h.t.Fatal(err)
		}
		h.t.Cleanup(store.Close)
		store.Script(secretstest.Fault{Kind: secretstest.AccessDenied, Times: secretstest.Forever})
		for _, entry := range store.Env() { // the SDK reads the environment of the process
			name, value, _ := strings.Cut(entry, "=")
			h.t.Setenv(name, value)
		}
		o.Sources.Paths = []string{"/denied"}
	}},
	{"missing", "parameters", "parameter-missing", func(h *home, _ *Options) {
		if err := os.Remove(h.path("secrets/api-key")); err != nil {
			h.t.Fatal(err)
		}
	}},
	{"invalid", "parameters", "parameter-invalid", func(h *home, _ *Options) { h.write("secrets/level", "loud") }},
	{"fact", "facts", "fact-missing", func(h *home, o *Options) { h.replace(o, `"${level}"`, `"${level} ${ecs.cluster}"`) }},
	{"no base", "bases", "base-missing", func(h *home, o *Options) {
		h.replace(o, "format: json,", "format: json, base: "+h.path("none.json")+",")
	}},
	{"one file twice", "render", "file-ambiguous", func(h *home, o *Options) {
		o.Sources.Set = append(o.Sources.Set, "second="+h.path("etc/first.json"))
	}},
	{"NUL in a variable", "environment", "value-holds-nul", func(h *home, o *Options) {
		h.replace(o, "run:", "env: {set: {LEVEL: \"${more}\"}}\nrun:")
		h.replace(o, "  level:", "  more: {}\n  level:")
		h.write("secrets/more", "a\x00b")
	}},
	{"stop signal", "plan", "usage", func(h *home, o *Options) { h.replace(o, "[/bin/true]", "[/bin/true], stop-signal: NOPE") }},
	{"too large", "plan", "arguments-too-large", func(_ *home, o *Options) { o.Command = []string{"true", strings.Repeat("x", 1<<18)} }},
	{"directory", "write", "directory-open", func(h *home, _ *Options) {
		if err := os.Mkdir(h.path("etc"), 0o755); err != nil {
			h.t.Fatal(err)
		}
		if err := os.Chmod(h.path("etc"), 0o777); err != nil {
			h.t.Fatal(err)
		}
	}},
}

// TestFaultsOfStages: what a stage finds wrong ends a boot, and check says the same of it.
func TestFaultsOfStages(t *testing.T) {
	for _, fault := range stageFaults {
		t.Run(fault.name, func(t *testing.T) {
			h := newHome(t)
			o := h.options()
			fault.make(h, &o)
			_, record, err := newBoot(o).prepare(t.Context(), nil)
			if err == nil {
				t.Fatal("the boot goes through")
			}
			if last := record.Phases[len(record.Phases)-1].Name; last != fault.stage {
				t.Errorf("it ends in the stage %s, want %s", last, fault.stage)
			}
			if f := record.Failure; f.Code != fault.code || f.Kind != KindOf(err) || f.Text != err.Error() {
				t.Errorf("%+v, want code %s", f, fault.code)
			}
			report, err := newBoot(o).Check(t.Context(), Problems{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Problems) == 0 {
				t.Fatal("check finds nothing")
			}
			p := report.Problems[0]
			if p.Code != fault.code || p.Kind != record.Failure.Kind || !strings.Contains(record.Failure.Text, p.What) {
				t.Errorf("check says\n%+v\nthe boot says\n%+v", p, record.Failure)
			}
		})
	}
}

// TestEveryStageHasAFault: a stage that can end a boot has a fault in the table.
func TestEveryStageHasAFault(t *testing.T) {
	t.Parallel()
	exempt := []string{
		"user",                     // needs a process without capabilities: user.txtar
		"exposure", "capabilities", // only warn
	}
	for _, s := range preparing() {
		has := slices.ContainsFunc(stageFaults, func(f stageFault) bool { return f.stage == s.name })
		if has == slices.Contains(exempt, s.name) {
			t.Errorf("stage %s: has a fault: %v", s.name, has)
		}
	}
}

// TestCheckFindsAll: faults that do not hide each other are all in one report, in the order in which a boot meets them.
func TestCheckFindsAll(t *testing.T) {
	h := newHome(t)
	o := h.options()
	var want []string
	for _, fault := range stageFaults {
		switch fault.name {
		case "secret on the command line", "no directory", "invalid", "one file twice", "directory":
			fault.make(h, &o)
			want = append(want, fault.code)
		}
	}
	o.Command = []string{"/none/agent"}
	want = append(want, "command-not-found")
	report, err := newBoot(o).Check(t.Context(), Problems{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range report.Problems {
		if !slices.Contains(got, p.Code) { // each of the two files has the open directory
			got = append(got, p.Code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

// TestRecord: what a preparation found and did, as it comes out of the pipe from the worker, and no value.
func TestRecord(t *testing.T) {
	h := newHome(t)
	o := h.options()
	h.write("secrets/other", "sikrit\n")
	o.Given = Given{"profile": "TSBOOT_PROFILE"}
	o.Sources.Set = []string{"level=debug"}
	answer, _ := cross(t, message{Result: newBoot(o).obey(t.Context(), order{Options: o})})
	r := answer.Record
	if r.Failure != nil || answer.Prepared == nil {
		t.Fatalf("%+v", r.Failure)
	}
	if want := (ProfileRecord{"demo", "by TSBOOT_PROFILE"}); r.Profile != want {
		t.Errorf("%+v, want %+v", r.Profile, want)
	}
	if want := []SourceRecord{{Kind: "directory", Name: h.path("secrets"), State: SourceRead, Parameters: 3}}; !slices.Equal(r.Sources, want) {
		t.Errorf("%+v, want %+v", r.Sources, want)
	}
	var states []string
	for _, p := range r.Parameters {
		states = append(states, p.Name+" "+p.State+" "+p.Source)
		if p.Name == "level" && !slices.Equal(p.Overridden, []OverrideRecord{{h.path("secrets/level"), "dir:" + h.path("secrets")}}) {
			t.Errorf("level is over %+v", p.Overridden)
		}
	}
	dir := "dir:" + h.path("secrets")
	if want := []string{"api-key found " + dir, "level found --set", "first default ", "second default ", "other unknown " + dir}; !slices.Equal(states, want) {
		t.Errorf("%q\nwant %q", states, want)
	}
	for i, f := range r.Files {
		if f.Changed.IsZero() {
			t.Errorf("%s was changed at no time", f.Path)
		}
		f.Changed = time.Time{}
		if want := (FileRecord{Path: h.path([]string{"etc/first.json", "etc/second.json"}[i]), State: "changed", Mode: 0o600, Writable: true}); f != want {
			t.Errorf("%+v, want %+v", f, want)
		}
	}
	if len(r.Files) != 2 || len(r.Phases) != len(preparing()) {
		t.Errorf("%d files, %d phases", len(r.Files), len(r.Phases))
	}
	if all := fmt.Sprintf("%+v", r); strings.Contains(all, "sikrit") {
		t.Errorf("the record has a value: %s", all)
	}
}

// TestRecordOfTheBoot: the record comes with what was prepared, and has the warnings of the program.
func TestRecordOfTheBoot(t *testing.T) {
	t.Parallel()
	warning := FlagWarning("empty-source", "--set is empty")
	b := New(Config{
		Options: Options{Profile: ProfileExec, Command: []string{"/bin/true"}}, Log: hclog.NewNullLogger(), Warnings: []Problem{warning},
	})
	p, err := b.prepareBoot(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := p.Record; r == nil || len(r.Warnings) != 1 || r.Warnings[0].What != warning.What {
		t.Errorf("%+v", r)
	}
}
