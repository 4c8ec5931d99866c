package manifest

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen/profile"
)

// chartNeeds is what the Helm chart knows of a profile's agent. Its template makes the same of it as writeKubernetes does of
// a model; integration/helm compares the two.
type chartNeeds struct {
	HostPID       bool         `yaml:"hostPID"`
	HostNetwork   bool         `yaml:"hostNetwork"`
	Memory        int          `yaml:"memory"`
	User          int          `yaml:"user"`
	Capabilities  []string     `yaml:"capabilities,flow"`
	ReadOnlyRoot  bool         `yaml:"readOnlyRoot"`
	HealthTimeout int          `yaml:"healthTimeout"`
	Grace         int          `yaml:"grace"`
	Directories   []string     `yaml:"directories,flow"`
	Scratch       []string     `yaml:"scratch,flow"`
	Mounts        []chartMount `yaml:"mounts"`
}

type chartMount struct {
	Name, Host, Path string
	Writable         bool
}

// TestChartProfiles: the chart's profiles.yaml has what a manifest has. -update writes it.
func TestChartProfiles(t *testing.T) {
	t.Parallel()
	const file = "../deploy/helm/tsboot/profiles.yaml"
	all := map[string]chartNeeds{}
	for _, name := range profile.BuiltinNames() {
		all[name] = needsOfChart(t, name)
	}
	var want bytes.Buffer
	want.WriteString("# What the agents of the built-in profiles need of a pod. Written by make deploy, from the profiles and manifest/needs.go.\n")
	encoder := yaml.NewEncoder(&want)
	encoder.SetIndent(2)
	if err := encoder.Encode(all); err != nil {
		t.Fatal(err)
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the profiles say today (make deploy): %v", file, err)
	}
}

func needsOfChart(t *testing.T, name string) chartNeeds {
	t.Helper()
	m, err := chartModel(name, "")
	if err != nil {
		t.Fatal(err)
	}
	grace, _ := m.grace()
	need := needOf(name, true)
	dirs, _ := configDirs(m.profile, nil)
	c := chartNeeds{
		HostPID: m.hostPID, HostNetwork: !m.program, Memory: m.memory, User: m.uid, Capabilities: m.capabilities, ReadOnlyRoot: m.readOnly,
		HealthTimeout: m.healthTimeout, Grace: seconds(grace), Directories: outermost(dirs), Scratch: need.scratch,
	}
	for _, mount := range m.mounts {
		c.Mounts = append(c.Mounts, chartMount{mount.name, mount.host, mount.path, mount.writable})
	}
	if _, err := chartModel(name, boot.UseExistingOnFailure); err != nil {
		t.Errorf("the chart knows no profile whose files cannot be kept: %v", err)
	}
	return c
}

// chartModel is that of a pod with nothing but the defaults.
func chartModel(name, onFailure string) (*model, error) {
	o := Options{Boot: &boot.Options{
		Profile: name, RunDir: "/run/tsboot", Sources: boot.Sources{Fetch: boot.FetchByPath, Timeout: 5 * time.Minute, OnFailure: onFailure},
		Stop: boot.Stop{Grace: 25 * time.Second, Scope: "group"}, Given: boot.Given{"profile": "--profile"},
	}}
	if p, ok := profile.Builtin(name); ok && len(p.Run.Argv) == 0 {
		o.Boot.Command = []string{"/bin/server"}
	}
	d, err := o.Boot.Deployment(boot.PolicyOptions{})
	if err != nil {
		return nil, err
	}
	return newModel(&kind{name: "kubernetes"}, &o, d)
}
