package manifest_test

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/tsboot/tsboot/manifest"
)

// daemonSet reads both objects, strictly.
func daemonSet(t *testing.T, o manifest.Options) (*core.ServiceAccount, *apps.DaemonSet) {
	t.Helper()
	text := make1(t, "kubernetes", o).Text
	documents := bytes.Split(text, []byte("\n---\n"))
	if len(documents) != 2 {
		t.Fatalf("%d documents\n%s", len(documents), text)
	}
	var account core.ServiceAccount
	var set apps.DaemonSet
	for i, into := range []any{&account, &set} {
		if err := yaml.UnmarshalStrict(documents[i], into); err != nil {
			t.Fatalf("%v\n%s", err, documents[i])
		}
	}
	if account.Kind != "ServiceAccount" || set.Kind != "DaemonSet" || set.Spec.Template.Spec.ServiceAccountName != account.Name {
		t.Errorf("%s %s, %s for %s", account.Kind, account.Name, set.Kind, set.Spec.Template.Spec.ServiceAccountName)
	}
	return &account, &set
}

func TestKubernetes(t *testing.T) {
	t.Parallel()
	everyProfile(t, func(t *testing.T, name string) {
		account, set := daemonSet(t, deployment(name))
		if account.Annotations["eks.amazonaws.com/role-arn"] != "arn:aws:iam::ACCOUNT:role/"+account.Name+"-task" {
			t.Errorf("annotations %v", account.Annotations)
		}
		pod := set.Spec.Template.Spec
		if !labelsMatch(set.Spec.Selector.MatchLabels, set.Spec.Template.Labels) || pod.HostNetwork == (name == "exec") {
			t.Errorf("selector %v, labels %v, host network %v", set.Spec.Selector, set.Spec.Template.Labels, pod.HostNetwork)
		}
		c := pod.Containers[0]
		if *pod.TerminationGracePeriodSeconds < 30 || c.SecurityContext.Privileged != nil || !slices.Equal(c.SecurityContext.Capabilities.Drop, []core.Capability{"ALL"}) {
			t.Errorf("grace %d, %+v", *pod.TerminationGracePeriodSeconds, c.SecurityContext)
		}
		for _, probe := range []*core.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			if !slices.Equal(probe.Exec.Command, []string{"/tsboot", "health"}) {
				t.Errorf("probe %v", probe.Exec.Command)
			}
		}
		wantPodVolumes(t, &pod, *c.SecurityContext.ReadOnlyRootFilesystem)
	})
}

func labelsMatch(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}

// wantPodVolumes: each mount has its volume, the root of the host and the Docker socket are read-only, and tsboot can write
// to its run directory.
func wantPodVolumes(t *testing.T, pod *core.PodSpec, readOnly bool) {
	t.Helper()
	writable := map[string]bool{}
	for _, m := range pod.Containers[0].VolumeMounts {
		i := slices.IndexFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == m.Name })
		if i < 0 {
			t.Errorf("no volume %s", m.Name)
			continue
		}
		if host := pod.Volumes[i].HostPath; host != nil && !m.ReadOnly && (host.Path == "/" || strings.HasSuffix(host.Path, "docker.sock")) {
			t.Errorf("%s is writable", host.Path)
		}
		writable[m.MountPath] = !m.ReadOnly
	}
	if readOnly && !writable["/run/tsboot"] {
		t.Errorf("only %v can be written to", writable)
	}
}

func TestKubernetesFlags(t *testing.T) {
	t.Parallel()
	o := deployment("threatstack-2")
	o.Boot.Stop.Grace, o.Boot.Sources.Dirs = 10*time.Minute, []string{"/run/secrets/a", "/run/secrets/b"}
	o.Boot.Sources.Splay, o.Boot.Sources.Timeout = 8*time.Minute, 20*time.Minute
	o.Boot.RunDir, o.Boot.Given["run-dir"] = "/run/x", "--run-dir"
	_, set := daemonSet(t, o)
	pod := set.Spec.Template.Spec
	c := pod.Containers[0]
	if *pod.TerminationGracePeriodSeconds <= 600 || c.StartupProbe.FailureThreshold*c.StartupProbe.PeriodSeconds < 28*60 {
		t.Errorf("grace %d, %d × %d s", *pod.TerminationGracePeriodSeconds, c.StartupProbe.FailureThreshold, c.StartupProbe.PeriodSeconds)
	}
	if !slices.Equal(c.LivenessProbe.Exec.Command, []string{"/tsboot", "health", "--run-dir", "/run/x"}) {
		t.Errorf("%q", c.LivenessProbe.Exec.Command)
	}
	if add := c.SecurityContext.Capabilities.Add; !slices.Contains(add, "AUDIT_READ") || !pod.HostPID {
		t.Errorf("capabilities %v, host pid %v", add, pod.HostPID)
	}
	secrets := map[string]string{}
	for _, v := range pod.Volumes {
		if v.Secret != nil {
			secrets[v.Name] = v.Secret.SecretName
		}
	}
	if len(secrets) != 2 || secrets["secrets-1"] != "threatstack-2" {
		t.Errorf("secrets %v", secrets)
	}
}

// TestKubernetesSecretOfUser: who is not root reads a Secret through the pod's group alone.
func TestKubernetesSecretOfUser(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int64{"zabbix-agent2": 1997, "node-exporter": 65534, "snmpd": 0} {
		o := deployment(name)
		o.Boot.Sources.Dirs = []string{"/run/secrets/tsboot"}
		_, set := daemonSet(t, o)
		var group int64
		if c := set.Spec.Template.Spec.SecurityContext; c != nil {
			group = *c.FSGroup
		}
		if group != want {
			t.Errorf("%s: the group is %d, want %d", name, group, want)
		}
	}
	if _, set := daemonSet(t, deployment("zabbix-agent2")); set.Spec.Template.Spec.SecurityContext != nil {
		t.Error("a group without a Secret")
	}
}

// TestKubernetesWords: Kubernetes takes $(NAME) for a variable and $$ for one $.
func TestKubernetesWords(t *testing.T) {
	t.Parallel()
	_, set := daemonSet(t, hostileDeployment())
	args := set.Spec.Template.Spec.Containers[0].Args
	for i, arg := range args {
		if strings.Contains(strings.ReplaceAll(arg, "$$", ""), "$(") {
			t.Errorf("%q would be expanded", arg)
		}
		args[i] = strings.ReplaceAll(arg, "$$", "$")
	}
	wantHostile(t, args)
}

// wantValid is what the API server asks beside the types.
func wantValid(t *testing.T, account *core.ServiceAccount, set *apps.DaemonSet) {
	t.Helper()
	pod := set.Spec.Template.Spec
	for _, automount := range []*bool{account.AutomountServiceAccountToken, pod.AutomountServiceAccountToken} {
		if automount == nil || *automount {
			t.Error("the token of the ServiceAccount is mounted")
		}
	}
	names, at := map[string]bool{}, map[string]bool{}
	for _, v := range pod.Volumes {
		if names[v.Name] || len(validation.IsDNS1123Label(v.Name)) > 0 {
			t.Errorf("the volume %q is there twice, or has no name", v.Name)
		}
		names[v.Name] = true
	}
	for _, m := range pod.Containers[0].VolumeMounts {
		if at[m.MountPath] || !names[m.Name] || !path.IsAbs(m.MountPath) || m.MountPath == "/" {
			t.Errorf("%s at %s: mounted twice, or nothing, or nowhere", m.Name, m.MountPath)
		}
		at[m.MountPath] = true
	}
	for key, value := range set.Spec.Template.Labels {
		if len(validation.IsQualifiedName(key)) > 0 || len(validation.IsValidLabelValue(value)) > 0 {
			t.Errorf("the label %s: %s", key, value)
		}
	}
}

// TestKubernetesTrust: both ways to a role are said, with a trust that can be copied.
func TestKubernetesTrust(t *testing.T) {
	t.Parallel()
	o := deployment("snmpd")
	o.Account, o.Boot.Sources.Region = "111122223333", "cn-north-1"
	text := string(make1(t, "kubernetes", o).Text)
	for _, want := range []string{
		`"Federated": "arn:aws-cn:iam::111122223333:oidc-provider/OIDC"`, `"OIDC:sub": "system:serviceaccount:default:snmpd"`,
		`"OIDC:aud": "sts.amazonaws.com"`, "pods.eks.amazonaws.com", `["sts:AssumeRole", "sts:TagSession"]`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
