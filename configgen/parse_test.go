package configgen

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/secrets"
)

func TestBuiltins(t *testing.T) {
	t.Parallel()
	var all []string
	for _, p := range Builtins() {
		all = append(all, p.Name)
		source, ok := Source(p.Name)
		if !ok || !bytes.Contains(source, []byte("\nname: "+p.Name+"\n")) {
			t.Errorf("%s: its source does not name it", p.Name)
		}
		if p.Description == "" {
			t.Errorf("%s: no description", p.Name)
		}
	}
	if got := strings.Join(all, " "); got != "exec threatstack-1 threatstack-2" {
		t.Errorf("built in: %s", got)
	}
	for _, name := range []string{"", "none", "../profiles/exec", "exec.yaml"} {
		if _, ok := Builtin(name); ok {
			t.Errorf("there is a profile %q", name)
		}
	}
}

// contractProfile has every field of a profile file.
const contractProfile = `
name: my-agent
description: what it boots
detect: [/opt/my/agent]
parameters:
  api-key:  {required: true, secret: true, env: [MY_API_KEY], aliases: [key], pattern: '^[a-z0-9]{8,}$'}
  tags:     {default: "a, b", type: list}
  level:    {default: info, enum: [debug, info, warn, error], env: [MY_LEVEL]}
files:
  - path: /etc/my/agent.json
    format: json
    content: {key: "${api-key}", tags: "${tags}", log: {level: "${level}"}}
  - path: /etc/my/agent.conf
    format: text
    text: |
      key="${api-key|json}"
setup:
  - {name: register, argv: [/opt/my/agent, register, "--level=${level}"], timeout: 60s, retries: 3, ok-codes: [0], creates: /opt/my/registered}
run:
  argv: [/opt/my/agent, --foreground]
  restart: always
  stop-signal: SIGTERM
  grace: 25s
  on-refresh: signal:SIGHUP
  refresh-signal: SIGHUP
  follow: {pidfile: /run/my.pid}
health: {argv: [/opt/my/agent, status], timeout: 5s, interval: 30s, failures: 3}
env: {set: {A: b}, withhold: [MY_*], pass: []}
`

func TestEveryField(t *testing.T) {
	t.Parallel()
	p, err := Parse("my.yaml", []byte(contractProfile))
	if err != nil {
		t.Fatal(err)
	}
	grace := 25 * time.Second
	run := p.Run
	run.Argv = nil
	if want := (Run{
		Pos: Pos{"my.yaml", 20, 3}, Restart: "always", StopSignal: Located{"SIGTERM", Pos{"my.yaml", 22, 16}}, Grace: &grace,
		OnRefresh:     OnRefresh{"signal", Located{"SIGHUP", Pos{"my.yaml", 24, 15}}},
		RefreshSignal: Located{"SIGHUP", Pos{"my.yaml", 25, 19}}, Follow: &Follow{Pos: Pos{"my.yaml", 26, 11}, PIDFile: "/run/my.pid"},
	}); !reflect.DeepEqual(run, want) {
		t.Errorf("run %+v\nwant %+v", run, want)
	}
	if h := p.Health; h == nil || h.Timeout != 5*time.Second || h.Interval != 30*time.Second || h.Failures != 3 || len(h.Argv) != 2 {
		t.Errorf("health %+v", h)
	}
	if s := p.Setup[0]; s.Name != "register" || s.Retries != 3 || s.Timeout != time.Minute || !reflect.DeepEqual(s.OKCodes, []int{0}) || s.Creates == nil {
		t.Errorf("setup %+v", s)
	}
	if d, ok := p.parameter("key"); !ok || d.Name != "api-key" || !d.Secret || !d.Required || d.Pattern == nil || d.Env[0] != "MY_API_KEY" {
		t.Errorf("api-key %+v", d)
	}
	if got := strings.Join(p.Names(), " "); got != "api-key key tags level" {
		t.Errorf("names %s", got)
	}
	for _, f := range p.Files {
		if f.Mode != 0o600 {
			t.Errorf("mode %v", f.Mode)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	p, err := Parse("x.yaml", []byte("name: x\nsetup: [{name: s, argv: [x]}]\nrun: {follow: last-child}\nhealth: {argv: [x]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Setup[0]; s.Timeout != time.Minute || s.Retries != 0 || !reflect.DeepEqual(s.OKCodes, []int{0}) {
		t.Errorf("setup %+v", s)
	}
	if h := p.Health; h.Timeout != 5*time.Second || h.Interval != 0 || h.Failures != 3 {
		t.Errorf("health %+v", h)
	}
	if r := p.Run; r.Restart != "" || r.Grace != nil || !r.Follow.LastChild {
		t.Errorf("run %+v", r)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	deep := "name: x\nfiles: [{path: /x, format: json, content: {a: " + strings.Repeat("[", 90) + strings.Repeat("]", 90) + "}}]"
	for name, c := range map[string]struct{ data, want string }{
		"deep":     {deep, "x.yaml:2:108: the profile is nested deeper than 64 levels"},
		"large":    {"name: x\n#" + strings.Repeat("x", maxProfile), "x.yaml:1:1: the profile is larger than"},
		"encoding": {"name: x\nabc\xff: y", "x.yaml:2:4: the profile is not UTF-8"},
	} {
		_, err := Parse("x.yaml", []byte(c.data))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		there []string
		want  string
	}{
		"1.x":     {[]string{"/opt/threatstack/bin/cloudsight"}, "threatstack-1"},
		"2.x":     {[]string{"/opt/threatstack/bin/tsagent", "/opt/threatstack/sbin/tsagentd"}, "threatstack-2"},
		"half":    {[]string{"/opt/threatstack/bin/tsagent"}, "no agent that a profile knows is installed; looked for threatstack-1 (/opt/threatstack/bin/cloudsight), threatstack-2"},
		"nothing": {nil, "name one with --profile, or give a command after --"},
		"both":    {[]string{"/opt/threatstack/bin/cloudsight", "/opt/threatstack/bin/tsagent", "/opt/threatstack/sbin/tsagentd"}, "several agents are installed: threatstack-1 ("},
	} {
		p, err := detect(Builtins(), func(path string) bool { return strings.Contains(strings.Join(c.there, "\n")+"\n", path+"\n") })
		switch {
		case err == nil && p.Name != c.want:
			t.Errorf("%s: %s", name, p.Name)
		case err != nil && (err.(*Error).Kind != Usage || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: no profile panics the reader, every mistake has its place, and
// what is read can be resolved, rendered and expanded.
func FuzzParse(f *testing.F) {
	f.Add([]byte(contractProfile), "value")
	for _, p := range Builtins() {
		source, _ := Source(p.Name)
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
		p, err := Parse("fuzz.yaml", data)
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
		for _, layers := range [][]secrets.Layer{nil, {layer}} {
			r, err := p.Resolve(layers)
			if err != nil {
				continue
			}
			_, _ = r.Render()
			_, _ = r.setup(false, func(string) bool { return true })
			_, _ = r.setup(true, nil)
			_, _ = r.Run()
			_, _ = r.Health()
			_, _ = r.Environment([]string{"A=b", "c"}, EnvOptions{Strict: true})
		}
	})
}
