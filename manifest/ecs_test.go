package manifest_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/integration/taskdef"
	"github.com/tsboot/tsboot/manifest"
)

// document reads what a kind of ECS prints, strictly, and looks at the roles.
func document(t *testing.T, kind string, o manifest.Options) ecsDocument {
	t.Helper()
	text := make1(t, kind, o).Text
	if again := make1(t, kind, o).Text; !bytes.Equal(text, again) {
		t.Errorf("%s is not the same twice", kind)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var d ecsDocument
	if err := decoder.Decode(&d); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	wantRole(t, &d.TaskRole)
	wantRole(t, &d.ExecutionRole)
	return d
}

// wantRole holds a role to what the contract says of trust and policies.
func wantRole(t *testing.T, r *role) {
	t.Helper()
	if trust := r.AssumeRolePolicyDocument.Statement; len(trust) != 1 || len(trust[0].Principal) != 1 || trust[0].Principal["Service"] != "ecs-tasks.amazonaws.com" {
		t.Errorf("%s trusts %v", r.RoleName, trust)
	}
	if r.PolicyDocument == nil {
		if r.ManagedPolicyArns == nil {
			t.Errorf("%s has no policy at all", r.RoleName)
		}
		return
	}
	for _, s := range r.PolicyDocument.Statement {
		if strings.Contains(strings.Join(s.Action, " "), "*") || slices.Contains(s.Resource, "*") && s.Action[0] != "ecr:GetAuthorizationToken" {
			t.Errorf("%s allows %q on %q", r.RoleName, s.Action, s.Resource)
		}
	}
}

// task is the definition of ecs or fargate, without a fault.
func task(t *testing.T, kind string, o manifest.Options) *ecs.RegisterTaskDefinitionInput {
	t.Helper()
	d := document(t, kind, o)
	task, faults := taskdef.Read(d.TaskDefinition)
	if len(faults) > 0 {
		t.Errorf("%s: %s", kind, strings.Join(faults, "\n"))
	}
	if aws.ToString(task.TaskRoleArn) != "arn:aws:iam::ACCOUNT:role/"+d.TaskRole.RoleName {
		t.Errorf("%s: the task role is %s, the definition has %s", kind, d.TaskRole.RoleName, aws.ToString(task.TaskRoleArn))
	}
	return task
}

func TestECS(t *testing.T) {
	t.Parallel()
	everyProfile(t, func(t *testing.T, name string) {
		host := task(t, "ecs", deployment(name))
		c := host.ContainerDefinitions[0]
		if !slices.Equal(host.RequiresCompatibilities, []types.Compatibility{types.CompatibilityEc2}) || (host.NetworkMode != types.NetworkModeHost) != (name == "exec") {
			t.Errorf("%v, network %s", host.RequiresCompatibilities, host.NetworkMode)
		}
		wantWritable(t, &c)
		fargate := task(t, "fargate", deployment(name))
		for _, v := range fargate.Volumes {
			if v.Host != nil {
				t.Errorf("Fargate has the host's %s", aws.ToString(v.Host.SourcePath))
			}
		}
		wantWritable(t, &fargate.ContainerDefinitions[0])
		daemon, faults := taskdef.ReadDaemon(document(t, "ecs-daemon", deployment(name)).TaskDefinition)
		if len(faults) > 0 || len(daemon.ContainerDefinitions) != 1 {
			t.Errorf("ecs-daemon: %s", strings.Join(faults, "\n"))
		}
	})
}

// wantWritable: with a read-only root, the run directory can be written to.
func wantWritable(t *testing.T, c *types.ContainerDefinition) {
	t.Helper()
	var writable []string
	for _, m := range c.MountPoints {
		if !aws.ToBool(m.ReadOnly) {
			writable = append(writable, aws.ToString(m.ContainerPath))
		}
	}
	for _, m := range c.LinuxParameters.Tmpfs {
		writable = append(writable, aws.ToString(m.ContainerPath))
	}
	if aws.ToBool(c.ReadonlyRootFilesystem) && !slices.Contains(writable, "/run/tsboot") {
		t.Errorf("only %q can be written to", writable)
	}
}

func TestThreatStackOnECS(t *testing.T) {
	t.Parallel()
	made := make1(t, "ecs", deployment("threatstack-2"))
	task := task(t, "ecs", deployment("threatstack-2"))
	c := task.ContainerDefinitions[0]
	if add := c.LinuxParameters.Capabilities.Add; task.PidMode != types.PidModeHost || !slices.Equal(add, []string{"AUDIT_CONTROL", "NET_ADMIN", "SYS_ADMIN"}) {
		t.Errorf("pidMode %s, capabilities %q", task.PidMode, add)
	}
	if !strings.Contains(strings.Join(made.Notes, "\n"), "AUDIT_READ") {
		t.Errorf("nothing says that AUDIT_READ is left out: %q", made.Notes)
	}
	for _, m := range c.MountPoints {
		if !aws.ToBool(m.ReadOnly) {
			t.Errorf("%s is writable", aws.ToString(m.ContainerPath))
		}
	}
}

// TestFlags: what a flag changes in the task.
func TestFlags(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile string
		change  func(*manifest.Options)
		want    func(*types.ContainerDefinition) bool
	}{
		"grace":                {"snmpd", func(o *manifest.Options) { o.Boot.Stop.Grace = 90 * time.Second }, func(c *types.ContainerDefinition) bool { return *c.StopTimeout == 95 }},
		"grace of the profile": {"osquery", func(*manifest.Options) {}, func(c *types.ContainerDefinition) bool { return *c.StopTimeout == 30 }},
		"grace near the limit": {"snmpd", func(o *manifest.Options) { o.Boot.Stop.Grace = 119500 * time.Millisecond }, func(c *types.ContainerDefinition) bool { return *c.StopTimeout == 120 }},
		"no grace":             {"snmpd", func(o *manifest.Options) { o.Boot.Stop.Grace = 0 }, func(c *types.ContainerDefinition) bool { return *c.StopTimeout == 30 }},
		"splay": {"snmpd", func(o *manifest.Options) {
			o.Boot.Sources.Splay, o.Boot.Sources.Timeout = 200*time.Second, 210*time.Second
		}, func(c *types.ContainerDefinition) bool { return *c.HealthCheck.StartPeriod >= 200 }},
		"hosts": {"snmpd", func(o *manifest.Options) { o.Hosts = 2000 }, func(c *types.ContainerDefinition) bool {
			return slices.Equal(c.Command[len(c.Command)-2:], []string{"--splay", "50s"})
		}},
		"more hosts than the deadline carries": {"snmpd", func(o *manifest.Options) { o.Hosts = 1000000 }, func(c *types.ContainerDefinition) bool {
			return slices.Equal(c.Command[len(c.Command)-2:], []string{"--splay", "4m0s"})
		}},
		"hosts and a splay": {"snmpd", func(o *manifest.Options) {
			o.Hosts, o.Boot.Sources.Splay, o.Boot.Given["splay"] = 2000, time.Second, "--splay"
		}, func(c *types.ContainerDefinition) bool { return !slices.Contains(c.Command, "--splay") }},
		"run directory": {"snmpd", func(o *manifest.Options) { o.Boot.RunDir, o.Boot.Given["run-dir"] = "/run/other", "TSBOOT_RUN_DIR" }, func(c *types.ContainerDefinition) bool {
			return slices.Equal(c.HealthCheck.Command, []string{"CMD", "/tsboot", "health", "--run-dir", "/run/other"}) &&
				slices.ContainsFunc(c.LinuxParameters.Tmpfs, func(m types.Tmpfs) bool { return *m.ContainerPath == "/run/other" })
		}},
		"command": {"exec", func(*manifest.Options) {}, func(c *types.ContainerDefinition) bool {
			return slices.Equal(c.Command[len(c.Command)-4:], []string{"--", "/bin/server", "--port", "80"}) && *c.Name == "server"
		}},
		"user": {"exec", func(o *manifest.Options) { o.User = "app" }, func(c *types.ContainerDefinition) bool {
			return slices.Contains(c.LinuxParameters.Capabilities.Add, "SETUID")
		}},
		"use-existing": {"snmpd", func(o *manifest.Options) { o.Boot.Sources.OnFailure = boot.UseExistingOnFailure }, func(c *types.ContainerDefinition) bool {
			return slices.ContainsFunc(c.MountPoints, func(m types.MountPoint) bool {
				return *m.ContainerPath == "/etc/snmp/tsboot" && !*m.ReadOnly
			}) && !slices.ContainsFunc(c.LinuxParameters.Tmpfs, func(m types.Tmpfs) bool { return *m.ContainerPath == "/etc/snmp/tsboot" })
		}},
		"use-existing where a parameter names the file": {"threatstack-2", func(o *manifest.Options) {
			o.Boot.Sources.OnFailure, o.Boot.Sources.Set = boot.UseExistingOnFailure, []string{"config-path=/var/lib/ts/a.json"}
		}, func(c *types.ContainerDefinition) bool {
			return slices.ContainsFunc(c.MountPoints, func(m types.MountPoint) bool { return *m.ContainerPath == "/var/lib/ts" && !*m.ReadOnly })
		}},
		"mount": {"snmpd", func(o *manifest.Options) { o.Mounts = []string{"/data:/data", "/state/:/var/lib/snmp:rw"} }, func(c *types.ContainerDefinition) bool {
			return len(c.MountPoints) == 2 && *c.MountPoints[0].ReadOnly && !*c.MountPoints[1].ReadOnly
		}},
		"image and name": {"snmpd", func(o *manifest.Options) { o.Name, o.Image = "my-agent", "quay.io/a/b:1" }, func(c *types.ContainerDefinition) bool {
			return *c.Name == "my-agent" && *c.Image == "quay.io/a/b:1"
		}},
		"metrics file": {"snmpd", func(o *manifest.Options) { o.Boot.MetricsFile = "/var/lib/node/tsboot.prom" }, func(c *types.ContainerDefinition) bool {
			return slices.ContainsFunc(c.MountPoints, func(m types.MountPoint) bool { return *m.ContainerPath == "/var/lib/node" && !*m.ReadOnly })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := deployment(test.profile)
			test.change(&o)
			task, faults := taskdef.Read(document(t, "ecs", o).TaskDefinition)
			if len(faults) > 0 || !test.want(&task.ContainerDefinitions[0]) {
				t.Errorf("%q: %s", faults, make1(t, "ecs", o).Text)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, profile string
		change        func(*manifest.Options)
		words         []string
	}{
		"no kind":                {"", "snmpd", func(*manifest.Options) {}, []string{"name a kind", "ecs-daemon"}},
		"a kind like another":    {"ecs-deamon", "snmpd", func(*manifest.Options) {}, []string{"ecs-deamon", "the nearest is ecs-daemon"}},
		"a short kind":           {"fargat", "snmpd", func(*manifest.Options) {}, []string{"the nearest is fargate"}},
		"no profile":             {"ecs", "auto", func(*manifest.Options) {}, []string{"--profile"}},
		"a profile like another": {"ecs", "threatstack2", func(*manifest.Options) {}, []string{"the nearest is threatstack-2"}},
		"exec without a command": {"ecs", "exec", func(o *manifest.Options) { o.Boot.Command = nil }, []string{"exec", "--"}},
		"grace":                  {"ecs", "snmpd", func(o *manifest.Options) { o.Boot.Stop.Grace, o.Boot.Given["grace"] = 2*time.Minute, "TSBOOT_GRACE" }, []string{"TSBOOT_GRACE", "120"}},
		"splay":                  {"fargate", "snmpd", func(o *manifest.Options) { o.Boot.Sources.Splay, o.Boot.Sources.Timeout = 6*time.Minute, time.Hour }, []string{"--splay", "300"}},
		"use-existing":           {"fargate", "snmpd", func(o *manifest.Options) { o.Boot.Sources.OnFailure = boot.UseExistingOnFailure }, []string{"use-existing", "Fargate has no host"}},
		"use-existing over the agent": {"ecs", "threatstack-2", func(o *manifest.Options) {
			o.Boot.Sources.OnFailure, o.Boot.Sources.Set = boot.UseExistingOnFailure, []string{"config-path=/opt/threatstack/x.json"}
		}, []string{"use-existing", "/opt/threatstack", "hides"}},
		"a secret":                       {"ecs", "snmpd", func(o *manifest.Options) { o.Boot.Sources.Set = []string{"auth-password=0123456789"} }, []string{"secret"}},
		"more memory than Fargate has":   {"fargate", "exec", func(o *manifest.Options) { o.Memory = 122881 }, []string{"--memory", "122881", "122880"}},
		"more memory than ECS can write": {"ecs", "exec", func(o *manifest.Options) { o.Memory = 1 << 31 }, []string{"--memory", "2147483647"}},
		"memory that no engine takes":    {"compose", "exec", func(o *manifest.Options) { o.Memory = 5 }, []string{"--memory", "5", "at least 6"}},
		"an account":                     {"ecs", "snmpd", func(o *manifest.Options) { o.Account = "1" }, []string{"twelve digits"}},
		"a region":                       {"ecs", "snmpd", func(o *manifest.Options) { o.Boot.Sources.Region = "us east" }, []string{"--region"}},
		"a name":                         {"ecs", "snmpd", func(o *manifest.Options) { o.Name = "A/B" }, []string{"--name", "a-b"}},
		"an image":                       {"ecs", "snmpd", func(o *manifest.Options) { o.Image = "a b" }, []string{"--image"}},
		"a relative mount":               {"ecs", "snmpd", func(o *manifest.Options) { o.Mounts = []string{"data:/data"} }, []string{"--mount"}},
		"a writable root":                {"ecs", "snmpd", func(o *manifest.Options) { o.Mounts = []string{"/:/host:rw"} }, []string{"--mount", ":rw"}},
		"a writable socket":              {"ecs", "snmpd", func(o *manifest.Options) { o.Mounts = []string{"/run/docker.sock:/s:rw"} }, []string{"--mount", ":rw"}},
		"a mount over tsboot's files":    {"compose", "snmpd", func(o *manifest.Options) { o.Mounts = []string{"/x:/etc/snmp"} }, []string{"--mount", "/etc/snmp/tsboot", ":rw"}},
		"secrets over tsboot's files":    {"kubernetes", "snmpd", func(o *manifest.Options) { o.Boot.Sources.Dirs = []string{"/run/tsboot"} }, []string{"--secrets-dir", "writes to /run/tsboot"}},
		"relative secrets":               {"kubernetes", "snmpd", func(o *manifest.Options) { o.Boot.Sources.Dirs = []string{"secrets"} }, []string{"--secrets-dir", "absolute"}},
		"a relative run directory":       {"ecs", "snmpd", func(o *manifest.Options) { o.Boot.RunDir = "run" }, []string{"--run-dir", "absolute"}},
		"metrics in the root":            {"ecs", "snmpd", func(o *manifest.Options) { o.Boot.MetricsFile = "/a.prom" }, []string{"--metrics-file", "/a.prom"}},
		"metrics in a read-only root": {"ecs", "snmpd", func(o *manifest.Options) {
			o.Boot.MetricsFile, o.Mounts = "/host/a.prom", []string{"/:/host"}
		}, []string{"--mount", "/host"}},
		"a word that is bytes": {"ecs", "exec", func(o *manifest.Options) { o.Boot.Command = []string{"/bin/a", "\xff"} }, []string{`\xff`, "UTF-8"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := deployment(test.profile)
			test.change(&o)
			made, err := manifest.Make(test.kind, o)
			if err == nil {
				t.Fatalf("made\n%s", made.Text)
			}
			for _, word := range test.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%v: no %q in it", err, word)
				}
			}
			if boot.KindOf(err) != boot.Usage {
				t.Errorf("%v is of kind %s", err, boot.KindOf(err))
			}
		})
	}
}

// TestFargateSize: the task holds what its container reserves.
func TestFargateSize(t *testing.T) {
	t.Parallel()
	for memory, want := range map[int]string{6: "256/512", 513: "256/1024", 8192: "1024/8192", 61440: "8192/61440", 61441: "16384/122880", 122880: "16384/122880"} {
		o := deployment("exec")
		o.Memory = memory
		made := task(t, "fargate", o)
		if size := aws.ToString(made.Cpu) + "/" + aws.ToString(made.Memory); size != want {
			t.Errorf("%d MiB: %s, want %s", memory, size, want)
		}
	}
}

// TestNoPlaceholder: nothing is said of what the text does not have.
func TestNoPlaceholder(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"kubernetes", "compose", "systemd"} {
		o := deployment("snmpd")
		o.Boot.Sources.Paths, o.Boot.Sources.Dirs, o.Words, o.Image = nil, []string{"/run/secrets"}, nil, "registry.example/snmpd:1"
		if m := make1(t, kind, o); strings.Contains(strings.Join(m.Notes, "\n")+string(m.Text), "REGION") {
			t.Errorf("%s: %q\n%s", kind, m.Notes, m.Text)
		}
	}
}

// TestPartition: every ARN follows the region.
func TestPartition(t *testing.T) {
	t.Parallel()
	o := deployment("threatstack-2")
	o.Boot.Sources.Region, o.Account = "cn-north-1", "111122223333"
	text := string(make1(t, "ecs", o).Text)
	if strings.Contains(text, "arn:aws:") || strings.Contains(text, "ACCOUNT") || !strings.Contains(text, "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/") {
		t.Error(text)
	}
}

// TestNothingOfAWS: a role without a policy, as IAM refuses an empty one.
func TestNothingOfAWS(t *testing.T) {
	t.Parallel()
	o := deployment("exec")
	o.Boot.Sources.Paths, o.Words, o.Hosts = nil, nil, 5000
	if d := document(t, "ecs", o); d.TaskRole.PolicyDocument != nil || strings.Contains(string(d.TaskDefinition), "--splay") {
		t.Errorf("%+v", d.TaskRole)
	}
}

// TestNotes: what a person must do is said.
func TestNotes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind   string
		change func(*manifest.Options)
		want   string
	}{
		"secrets":         {"ecs", func(o *manifest.Options) { o.Boot.Sources.Dirs = []string{"/run/secrets"} }, "/run/secrets"},
		"what is mounted": {"fargate", func(*manifest.Options) {}, "/var/lib/zabbix is not mounted"},
		"no health check": {"ecs", func(o *manifest.Options) { o.Boot.RunDir = "" }, "no health check"},
		"the sidecar":     {"fargate", func(*manifest.Options) {}, "containerDefinitions"},
		"image of a user": {"kubernetes", func(*manifest.Options) {}, "of its user 1997"},
		"references": {"ecs", func(o *manifest.Options) {
			o.Boot.Sources.ResolveEnv, o.Boot.Profile, o.Boot.Command = true, "exec", []string{"a"}
		}, "--resolve-env"},
		"a place unknown":   {"ecs", func(*manifest.Options) {}, "REGION"},
		"compose's files":   {"compose", func(o *manifest.Options) { o.Boot.Sources.Dirs = []string{"/run/secrets"} }, "./secrets"},
		"who reads them":    {"compose", func(o *manifest.Options) { o.Boot.Sources.Dirs = []string{"/run/secrets"} }, "user 1997 must be able to read"},
		"two units":         {"systemd", func(*manifest.Options) {}, "--run-dir /run/tsboot-zabbix-agent"},
		"a mount of a unit": {"systemd", func(o *manifest.Options) { o.Mounts = []string{"/a:/b"} }, "/a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := deployment("zabbix-agent")
			o.Mounts = []string{"/var/lib/zabbix:/var/lib/zabbix"}
			test.change(&o)
			if notes := make1(t, test.kind, o).Notes; !strings.Contains(strings.Join(notes, "\n"), test.want) {
				t.Errorf("no %q in %q", test.want, notes)
			}
		})
	}
}
