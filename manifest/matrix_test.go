package manifest_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/integration/taskdef"
	"github.com/tsboot/tsboot/manifest"
)

// readers hold the text of a kind to what runs it.
var readers = map[string]func(*testing.T, manifest.Options){
	"ecs": func(t *testing.T, o manifest.Options) { task(t, "ecs", o) },
	"ecs-daemon": func(t *testing.T, o manifest.Options) {
		if _, faults := taskdef.ReadDaemon(document(t, "ecs-daemon", o).TaskDefinition); len(faults) > 0 {
			t.Error(strings.Join(faults, "\n"))
		}
	},
	"fargate":        func(t *testing.T, o manifest.Options) { task(t, "fargate", o) },
	"cloudformation": func(t *testing.T, o manifest.Options) { cloudFormationTask(t, o) },
	"terraform":      func(t *testing.T, o manifest.Options) { terraformTask(t, o) },
	"kubernetes": func(t *testing.T, o manifest.Options) {
		account, set := daemonSet(t, o)
		wantValid(t, account, set)
	},
	"compose": func(t *testing.T, o manifest.Options) { composeConfig(t, make1(t, "compose", o).Text) },
	"systemd": func(t *testing.T, o manifest.Options) { unit(t, make1(t, "systemd", o).Text) },
}

// flagSets are what people give together. With a nil error of Make every reader takes the text; refusals are those named.
var flagSets = []struct {
	name    string
	change  func(*manifest.Options)
	refused []string // kinds
}{
	{name: "nothing more", change: func(*manifest.Options) {}},
	{name: "a long grace", change: func(o *manifest.Options) { o.Boot.Stop.Grace, o.Boot.Given["grace"] = 119*time.Second, "--grace" }},
	{name: "a grace too long for ECS", change: func(o *manifest.Options) {
		o.Boot.Stop.Grace, o.Boot.Given["grace"] = 130*time.Second, "--grace"
	}, refused: []string{"ecs", "ecs-daemon", "fargate", "cloudformation", "terraform"}},
	{name: "a fleet", change: func(o *manifest.Options) { o.Hosts = 20000 }},
	{name: "no end of the fetch", change: func(o *manifest.Options) { o.Boot.Sources.Timeout = 0 }},
	{name: "a directory of secrets", change: func(o *manifest.Options) {
		o.Boot.Sources.Dirs = []string{"/run/secrets/a", "/run/secrets/a/", "/run/secrets/b"}
	}},
	{name: "a mount for the secrets", change: func(o *manifest.Options) {
		o.Boot.Sources.Dirs, o.Mounts = []string{"/run/secrets/a"}, []string{"/etc/agent:/run/secrets/a"}
	}},
	{name: "metrics in a mount", change: func(o *manifest.Options) {
		o.Boot.MetricsFile, o.Mounts = "/var/lib/node/a.prom", []string{"/var/lib/node:/var/lib/node"}
	}},
	{name: "another run directory", change: func(o *manifest.Options) { o.Boot.RunDir, o.Boot.Given["run-dir"] = "/var/run/agent/", "--run-dir" }},
	{name: "a run directory that hides others", change: func(o *manifest.Options) { o.Boot.RunDir, o.Boot.Given["run-dir"] = "/etc", "--run-dir" }},
	{name: "a region of its own", change: func(o *manifest.Options) { o.Boot.Sources.Region, o.Account = "us-gov-west-1", "" }},
	{name: "another user", change: func(o *manifest.Options) { o.User = "app:app" }},
	{name: "names that templates take for something", change: func(o *manifest.Options) {
		o.Words = append(o.Words, "--set", "tags=${AWS::Region} $(x) {{ .Values }} %d $HOME '\"", "--working-dir", "/a b/${c}")
	}},
}

func TestEveryKindAndFlag(t *testing.T) {
	t.Parallel()
	for _, kind := range manifest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for i, set := range flagSets {
				names := profile.BuiltinNames()
				if i > 0 { // every profile once; every set with those that differ most
					names = []string{"node-exporter", "snmpd"}
				}
				for _, name := range names {
					o := deployment(name)
					set.change(&o)
					made, err := manifest.Make(kind, o)
					if refused := slices.Contains(set.refused, kind); refused || err != nil {
						if !refused || boot.KindOf(err) != boot.Usage {
							t.Errorf("%s, %s: %v", name, set.name, err)
						}
						continue
					}
					if set.name == "a region of its own" {
						if bytes.Contains(made.Text, []byte("arn:aws:")) {
							t.Errorf("%s: an ARN of another partition\n%s", name, made.Text)
						}
						continue
					}
					readers[kind](t, o)
					if t.Failed() {
						t.Fatalf("%s, %s", name, set.name)
					}
				}
			}
		})
	}
}
