package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/watch/container"
)

func TestReplayAttributes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "containers.json")
	if err := os.WriteFile(path, []byte(`{"7": {"id": "aa", "name": "web", "image": "r:5000/nginx:1.27@sha256:00", "vpid": 3}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	containers, err := ReadContainers(path)
	if err != nil {
		t.Fatal(err)
	}
	out := &output{}
	text := exec(1_700_000_000_000, 1, 7) + exec(1_700_000_000_000, 2, 8)
	if _, err := NewReplay(settingsFor(out), containers).Run(t.Context(), []Input{Stdin(strings.NewReader(text))}); err != nil {
		t.Fatal(err)
	}
	lines := out.all()
	if len(lines) != 2 {
		t.Fatalf("%v", lines)
	}
	for _, want := range []struct {
		value any
		path  []string
	}{
		{"aa", []string{"container", "id"}}, {"web", []string{"container", "name"}}, {"r:5000/nginx", []string{"container", "image", "name"}},
		{3.0, []string{"process", "vpid"}}, {"runtime", []string{"tswatch", "attribution", "method"}},
	} {
		if got := get(lines[0], want.path...); got != want.value {
			t.Errorf("%v is %v, want %v", want.path, got, want.value)
		}
	}
	if get(lines[1], "container") != nil {
		t.Errorf("a process that nobody knows has a container: %v", lines[1])
	}
}

// TestReplayAttributesEachKind: --containers holds for every record that names a process, whatever its type.
func TestReplayAttributesEachKind(t *testing.T) {
	t.Parallel()
	in := map[int]container.Attribution{7: {Method: container.MethodRuntime, Container: &container.Container{ID: "aa"}}}
	for _, data := range []string{
		`SYSCALL: arch=c000003e syscall=257 ppid=1 pid=7 comm="x"`,
		`USER_CMD: pid=7 uid=0 msg='cmd=6C73 res=success'`,
		`LOGIN: pid=7 uid=0 old-auid=4294967295 auid=0 res=1`,
		`ANOM_ABEND: auid=0 uid=0 gid=0 ses=1 pid=7 comm="x" exe="/x" sig=11 res=1`,
		`SECCOMP: auid=0 uid=0 gid=0 ses=1 pid=7 comm="x" exe="/x" sig=31 syscall=59`,
		`AVC: avc:  denied  { read } for  pid=7 comm="x" name="y" tclass=file`,
		`TTY: tty pid=7 uid=0 auid=0 ses=1 major=136 minor=1 comm="sh" data=6C730A`,
		`INTEGRITY_RULE: file="/x" hash="sha256:0" ppid=1 pid=7 auid=0 uid=0 comm="x"`,
		`UNKNOWN[1999]: pid=7 uid=0`,
		`SECRET_AREA: pid=7 uid=0`,
	} {
		kind, data, _ := strings.Cut(data, ": ")
		out := &output{}
		text := "type=" + kind + " msg=audit(1700000000.000:1): " + data + "\n"
		if _, err := NewReplay(settingsFor(out), in).Run(t.Context(), []Input{Stdin(strings.NewReader(text))}); err != nil {
			t.Fatal(err)
		}
		if lines := out.all(); len(lines) != 1 || get(lines[0], "process", "pid") != 7.0 || get(lines[0], "container", "id") != "aa" {
			t.Errorf("%s: %v", text, lines)
		}
	}
}

func TestContainersFileIsStrict(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                       ":1:1: the file ends before",
		`[]`:                                     ":1:2: want an object",
		"{\n \"x\": {\"id\": \"a\"}}":            ":2:5: \"x\" is not a pid",
		`{"0": {"id": "a"}}`:                     "is not a pid",
		`{"1": {"name": "a"}}`:                   "has no container id",
		`{"1": {"id": "a", "vpid": -1}}`:         "vpid -1",
		`{"1": {"id": "a", "vpid": "x"}}`:        "the type of vpid is wrong: string",
		`{"1": "aa"}`:                            "the type of a process is wrong: string",
		`{"1": []}`:                              "the type of a process is wrong: array",
		`{"1": {"id": "a", "pid": 1}}`:           "unknown field",
		`{"1": {"id": "a"}} {}`:                  "something follows",
		`{"1": {"id": "a"}`:                      "ends before",
		"{\"1\": {\"id\": \"a\"},\n\"2\": nope}": ":2:",
	} {
		path := filepath.Join(t.TempDir(), "c.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadContainers(path)
		var fault *ContainersError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := ReadContainers("/no/such/file"); err == nil || errors.As(err, new(*ContainersError)) {
		t.Errorf("%v", err)
	}
}
