package event

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/watch/container"
)

var update = flag.Bool("update", false, "write the golden files again")

// attributions are what the golden files call them.
func attributions() map[string]container.Attribution {
	in := func(method container.Method, c *container.Container) container.Attribution {
		return container.Attribution{Method: method, VPID: 8, Latency: 180_000, Container: c}
	}
	id, outer := strings.Repeat("6064b7b66a22dead", 4), strings.Repeat("0123456789abcdef", 4)
	return map[string]container.Attribution{
		"nginx":  nginx(),
		"host":   {Method: container.MethodHost, VPID: 32105, Latency: 90_000},
		"gone":   {Method: container.MethodNone, Reason: container.ReasonGone, Latency: 2_000_000},
		"nested": in(container.MethodParent, &container.Container{ID: id, ParentID: outer, Runtime: "docker", Missing: "no-runtime"}),
		"pod": in(container.MethodCgroup, &container.Container{ID: id, Runtime: "containerd", Name: "web",
			Image: container.Image{Name: "registry.example/web", Tag: "v2"}, Labels: map[string]string{
				"io.kubernetes.pod.name": "web-6d4cf56db6-x7k2p", "io.kubernetes.pod.namespace": "shop",
				"io.kubernetes.pod.uid": "0f6b2c1e-7a37-4c39-9d0e-3a2f4f1f8b11", "io.kubernetes.container.name": "web",
			}}),
		"task": in(container.MethodRuntime, &container.Container{ID: id, Runtime: "docker", Name: "ecs-web-3-web-f0",
			Image: container.Image{Name: "nginx"}, Labels: map[string]string{
				"com.amazonaws.ecs.cluster":                "prod",
				"com.amazonaws.ecs.container-name":         "web",
				"com.amazonaws.ecs.task-arn":               "arn:aws:ecs:eu-west-1:123456789012:task/prod/0b69d5c0d2c04e4c8f4b1d2a3c4d5e6f",
				"com.amazonaws.ecs.task-definition-family": "web", "com.amazonaws.ecs.task-definition-version": "3",
			}}),
	}
}

// golden is one case: records with an attribution, or what was lost, and the line in each format.
type golden struct {
	path    string
	archive *txtar.Archive
	event   *Event
}

func readGolden(t testing.TB) []golden {
	t.Helper()
	paths, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("golden files: %v, %v", paths, err)
	}
	var all []golden
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, golden{path, archive, makeEvent(t, path, archive)})
	}
	return all
}

// makeEvent makes the event of a case. The section "attribution" names one of those above; "alert" is the message of an
// alert about the event.
func makeEvent(t testing.TB, path string, archive *txtar.Archive) *Event {
	t.Helper()
	word := strings.TrimSpace(section(archive, "attribution"))
	a, ok := attributions()[word]
	if !ok {
		t.Fatalf("%s: no attribution %q", path, word)
	}
	e := New(records(t, section(archive, "records")), a, "ip-10-0-0-7")
	if message := strings.TrimSpace(section(archive, "alert")); message != "" {
		rule := Rule{ID: "docker-remote-copy-out", Name: "Data copied out of a container", Ruleset: "Docker Rule Set",
			Description: "A tool that copies to other machines runs in a container."}
		e = e.Alert(rule, 1, []string{"T1048"}, message)
	}
	return e
}

func section(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func TestGolden(t *testing.T) {
	for _, g := range readGolden(t) {
		t.Run(strings.TrimSuffix(filepath.Base(g.path), ".txtar"), func(t *testing.T) {
			for _, f := range []Format{FormatECS, FormatOCSF, FormatFalco} {
				line, err := g.event.Append(nil, f)
				if err != nil {
					t.Fatal(err)
				}
				got := string(line) + "\n"
				if want := section(g.archive, string(f)); got != want && !*update {
					t.Errorf("%s:\n%s\nwant:\n%s", f, got, want)
				}
				g.set(string(f), got)
			}
			if !*update {
				return
			}
			if err := os.WriteFile(g.path, txtar.Format(g.archive), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func (g golden) set(name, text string) {
	g.archive.Files = slices.DeleteFunc(g.archive.Files, func(f txtar.File) bool { return f.Name == name })
	g.archive.Files = append(g.archive.Files, txtar.File{Name: name, Data: []byte(text)})
}
