package docpage

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const sample = "# Page\n\n1. First:\n\n   ```sh\n   echo 'one\n     two'\n\n   echo $NAME\n   ```\n\n   It prints:\n\n   ```text\n   one\n   ...\n   ```\n\n" +
	"```json\n{}\n```\n\n```sh shown: needs an account\naws s3 ls\n```\n\n````text\n```sh\n```\n````\n\n```sh\nexit 3\n```\n\n```json output\n{}\n```\n"

func TestParse(t *testing.T) {
	t.Parallel()
	blocks := Parse("page.md", sample)
	var got []string
	for _, b := range blocks {
		got = append(got, b.Language+"|"+b.Info)
		if line := strings.Split(sample, "\n")[b.Line-2]; !strings.Contains(line, "```") {
			t.Errorf("line %d is not behind a fence: %s", b.Line, line)
		}
	}
	if want := "sh| text| json| sh|shown: needs an account text| sh| json|output"; strings.Join(got, " ") != want {
		t.Errorf("blocks %q, want %q", got, want)
	}
	if want := "echo 'one\n  two'\n\necho $NAME\n"; blocks[0].Text != want {
		t.Errorf("the first block is %q, want %q", blocks[0].Text, want)
	}
	if blocks[0].Output != blocks[1] || blocks[5].Output != blocks[6] || blocks[1].Output != nil {
		t.Error("the outputs are not those that follow")
	}
	if reason, shown := blocks[3].Shown(); !shown || reason != "needs an account" {
		t.Errorf("shown %v: %q", shown, reason)
	}
	if blocks[4].Text != "```sh\n```\n" {
		t.Errorf("a fence in a longer fence: %q", blocks[4].Text)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		printed, page string
		same          bool
	}{
		{"a\nb\n", "a\nb\n", true},
		{"a \nb", "a\nb\n\n", true},
		{"a\nb\n", "a\n", false},
		{"after 4ms; done\n", "after ...; done\n", true},
		{"after\n; done\n", "after...; done\n", false},
		{"a\nb\nc\nd\n", "a\n...\nd\n", true},
		{"a\nd\n", "a\n...\nd\n", true},
		{"a\nd\ne\n", "a\n...\nd\n", false},
		{"a.b\n", "a+b\n", false},
		{"", "...\n", true},
		{"2026-11-29T20:28:37.104Z [INFO] up: elapsed=1m2.5s\n", "2026-01-02T03:04:05.678Z [INFO] up: elapsed=104ms\n", true},
		{"grace=30s\n", "grace=25s\n", false},
		{"took 3\n", "took 3ms\n", false},
		{"a+b (4ms) c\n", "a+b (9.5ms) ...\n", true},
	} {
		if err := Compare(test.printed, test.page); (err == nil) != test.same {
			t.Errorf("%q and %q: %v", test.printed, test.page, err)
		}
	}
}

// page is the sample for a test.
func page(t testing.TB) *Page {
	return &Page{Name: "page.md", Blocks: Parse("page.md", sample), t: t, Dir: t.TempDir(), bin: t.TempDir(), all: &followed{lines: map[int]bool{}}}
}

func TestRun(t *testing.T) {
	t.Parallel()
	p := page(t)
	p.Stub("aws", "#!/bin/sh\necho \"aws $*\"\n")
	commands := p.Commands()
	if len(commands) != 2 {
		t.Fatalf("%d blocks to run", len(commands))
	}
	if got := p.Follow(commands[0], "NAME=three"); got != "one\n  two\nthree\n" {
		t.Errorf("printed %q", got)
	}
	if got := p.Run(commands[1].With("exit 3", "aws s3 ls; false | true; exit 4")); got != (Result{"aws s3 ls\n", 1}) {
		t.Errorf("a failure in a pipe: %+v", got)
	}
	process := p.Start(commands[1].With("exit 3", "echo up; exec sleep 60"))
	process.Signal(9)
	if got := process.Wait(); got.Code != -1 || process.Running() {
		t.Errorf("after SIGKILL: %+v", got)
	}
}

// recorder is a test that notes its errors.
type recorder struct {
	testing.TB
	errors int
}

func (r *recorder) Errorf(string, ...any) { r.errors++ }
func (r *recorder) Failed() bool          { return false }
func (r *recorder) Skipped() bool         { return false }

func TestEveryBlockMustBeRun(t *testing.T) {
	t.Parallel()
	p := page(t)
	p.Run(p.Commands()[0])
	r := &recorder{TB: t}
	p.t = r
	p.wantAllRun()
	p.all.skipped = true
	p.wantAllRun()
	if r.errors != 1 {
		t.Errorf("%d blocks are missed, want the second of commands alone", r.errors)
	}
}

func TestFunc(t *testing.T) {
	t.Parallel()
	p := page(t)
	p.Func("tool", func(dir string, args []string) Result {
		return Result{Printed: fmt.Sprintf("%t %q\n", dir == p.Dir, args), Code: len(args)}
	})
	p.Func("fatal", func(string, []string) Result {
		runtime.Goexit() // as t.Fatal does
		return Result{}
	})
	for script, want := range map[string]Result{
		"fatal || echo $?; tool x":        {"98\ntrue [\"x\"]\n", 1},
		"tool a 'b c\nd' \"\" || echo $?": {"true [\"a\" \"b c\\nd\" \"\"]\n3\n", 0},
		"cd /; tool x":                    {"false [\"x\"]\n", 1},
		"tool 1 | tool 1 2 3":             {"true [\"1\" \"2\" \"3\"]\n", 3},
	} {
		if got := p.Run(&Block{Text: script}); got != want {
			t.Errorf("%s: %+v, want %+v", script, got, want)
		}
	}
}

func TestAWS(t *testing.T) {
	t.Parallel()
	p := page(t)
	var got []Parameter
	p.AWS(func(one Parameter) { got = append(got, one) }, func(_ string, args []string) Result {
		return Result{Printed: strings.Join(args, " ") + "\n"}
	})
	p.Follow(&Block{Text: `
umask 077
printf %s 'a key' >key
aws ssm put-parameter --overwrite --type SecureString --name /a/key --value file://key
aws ssm put-parameter --name /a/name --type String --region eu-west-1 --value 'x y'
aws ecs list-tasks
`, Output: &Block{Text: "ecs list-tasks"}})
	want := []Parameter{{"/a/key", "a key", "SecureString", true}, {"/a/name", "x y", "String", false}}
	if !slices.Equal(got, want) {
		t.Errorf("put %+v, want %+v", got, want)
	}
}
