package profile

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/cli/strictyaml"
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
		vendorIsGone := strings.HasPrefix(p.Name, "threatstack-")
		if p.Name != "exec" && !vendorIsGone && !bytes.Contains(source, []byte("\n# Documentation: https://")) {
			t.Errorf("%s: its head does not say where the vendor's documentation is", p.Name)
		}
	}
	for _, name := range []string{"exec", "threatstack-1", "threatstack-2", "zabbix-agent2"} {
		if !slices.Contains(all, name) {
			t.Errorf("%s is not built in: %q", name, all)
		}
	}
	for i, head := range builtinHeads() {
		if p := Builtins()[i]; head.Name != p.Name || !slices.Equal(head.Detect, p.Detect) {
			t.Errorf("%s is detected as %s by %q, not by %q", p.Name, head.Name, head.Detect, p.Detect)
		}
	}
	for _, name := range []string{"", "none", "../profiles/exec", "exec.yaml"} {
		if _, ok := Builtin(name); ok {
			t.Errorf("there is a profile %q", name)
		}
	}
}

// contractProfile has every field of a profile file.
func contractProfile(t testing.TB) []byte {
	data, err := os.ReadFile("testdata/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryField(t *testing.T) {
	t.Parallel()
	p, err := Parse("my.yaml", contractProfile(t))
	if err != nil {
		t.Fatal(err)
	}
	grace := 25 * time.Second
	run := p.Run
	at := func(line, column int) Pos { return Pos{File: "my.yaml", Line: line, Column: column} }
	run.Argv = nil
	if want := (Run{
		Pos: at(20, 3), Restart: "always", StopSignal: Located{"SIGTERM", at(22, 16)}, Grace: &grace,
		OnRefresh:     OnRefresh{"signal", Located{"SIGHUP", at(24, 15)}},
		RefreshSignal: Located{"SIGHUP", at(25, 19)}, Follow: &Follow{Pos: at(26, 11), Daemons: []Daemon{{PIDFile: "/run/my.pid"}}},
	}); !reflect.DeepEqual(run, want) {
		t.Errorf("run %+v\nwant %+v", run, want)
	}
	if h := p.Health; h == nil || h.Timeout != 5*time.Second || h.Interval != 30*time.Second || h.Failures != 3 || len(h.Argv) != 2 {
		t.Errorf("health %+v", h)
	}
	if s := p.Setup[0]; s.Name != "register" || s.Retries != 3 || s.Timeout != time.Minute || !reflect.DeepEqual(s.OKCodes, []int{0}) || s.Creates == nil {
		t.Errorf("setup %+v", s)
	}
	if d, ok := p.Parameter("key"); !ok || d.Name != "api-key" || !d.Secret || !d.Required || d.Pattern == nil || d.Env[0] != "MY_API_KEY" {
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
		"large":    {"name: x\n#" + strings.Repeat("x", strictyaml.MaxSize), "x.yaml:1:1: the profile is larger than"},
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
		"1.x":  {[]string{"/opt/threatstack/bin/cloudsight"}, "threatstack-1"},
		"2.x":  {[]string{"/opt/threatstack/bin/tsagent", "/opt/threatstack/sbin/tsagentd"}, "threatstack-2"},
		"half": {[]string{"/opt/threatstack/bin/tsagent"}, "threatstack-1 (/opt/threatstack/bin/cloudsight), threatstack-2"},
		"packages": {[]string{"/usr/sbin/zabbix_agent2", "/usr/sbin/snmpd", "/sbin/auditd", "/usr/bin/crowdsec", "/usr/bin/prometheus-node-exporter",
			"/opt/threatstack/bin/cloudsight"}, "threatstack-1"},
		"nothing": {nil, "name one with --profile, or give a command after --"},
		"both":    {[]string{"/opt/threatstack/bin/cloudsight", "/opt/threatstack/bin/tsagent", "/opt/threatstack/sbin/tsagentd"}, "several agents are installed: threatstack-1 ("},
	} {
		p, err := detect(builtinHeads(), func(path string) bool { return strings.Contains(strings.Join(c.there, "\n")+"\n", path+"\n") })
		switch {
		case err == nil && p.Name != c.want:
			t.Errorf("%s: %s", name, p.Name)
		case err != nil && (err.(*Error).Kind != Usage || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDetectInEachImage: in the image of one agent no other is detected.
func TestDetectInEachImage(t *testing.T) {
	t.Parallel()
	for _, want := range builtinHeads() {
		if len(want.Detect) == 0 {
			continue
		}
		got, err := detect(builtinHeads(), func(path string) bool { return slices.Contains(want.Detect, path) })
		if err != nil || got.Name != want.Name {
			t.Errorf("%s: %v %v", want.Name, got, err)
		}
	}
}
