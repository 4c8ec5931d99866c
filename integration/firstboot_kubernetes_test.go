//go:build linux

package integration

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/tsboot/tsboot/integration/docpage"
)

// kubernetesPage is the page for Kubernetes. Objects are read strictly into the types of Kubernetes; the DaemonSet's container is
// started for real, with the Secret as the kubelet mounts it.
type kubernetesPage struct {
	*firstBoot
	namespace string
	secret    *core.Secret
	set       *apps.DaemonSet
}

func TestStartKubernetesPage(t *testing.T) {
	t.Parallel()
	f := &kubernetesPage{firstBoot: firstBootOf(t, "docs/start-kubernetes.md")}
	f.Func("kubectl", f.kubectl)
	f.Func("helm", f.helm)
	f.all("NAMESPACE=monitoring", "NAMESPACE=agents", "registry.example", "quay.example/security")
}

// kubectl knows the commands of the page, in its order of words.
func (f *kubernetesPage) kubectl(dir string, args []string) docpage.Result {
	f.t.Helper()
	line := strings.Join(args, " ")
	if line == "create namespace agents" || line == "delete namespace agents" {
		f.namespace = "agents"
		return docpage.Result{}
	}
	line, ok := strings.CutPrefix(line, "--namespace "+f.namespace+" ")
	if !ok || f.namespace == "" {
		return f.unknown("kubectl", args)
	}
	args = args[2:]
	pod, running := "daemonset/zabbix-agent2", f.running != nil
	switch {
	case strings.HasPrefix(line, "create secret generic zabbix-agent2 "):
		return f.createSecret(dir, args[4:])
	case len(args) == 3 && strings.HasPrefix(line, "apply -f "):
		f.apply(filepath.Join(dir, args[2]))
	case line == "rollout status "+pod+" --timeout=5m" && running:
		f.healthy()
		f.takes(string(f.secret.Data["psk"]))
	case line == "get pods -l app.kubernetes.io/name=zabbix-agent2" && running:
		if f.set.Spec.Template.Labels["app.kubernetes.io/name"] != "zabbix-agent2" {
			f.t.Errorf("the labels are %v", f.set.Spec.Template.Labels)
		}
		return docpage.Result{Printed: "NAME                  READY   STATUS    RESTARTS   AGE\nzabbix-agent2-x2v7k   1/1     Running   0          9s\n"}
	case strings.HasPrefix(line, "exec "+pod+" -- /tsboot check ") && running: // it looks at the agent's program, too
		return f.once(args[4:]...)
	case strings.HasPrefix(line, "exec "+pod+" -- ") && running:
		return f.inside(args[3:]...)
	case line == "logs "+pod && running:
		return docpage.Result{Printed: f.running.stdout() + f.running.stderr()}
	case len(args) == 3 && strings.HasPrefix(line, "delete -f ") && filepath.Join(dir, args[2]) == f.file:
		f.stop()
	case line == "delete secret zabbix-agent2": // a reader who goes on with Helm still has it
	default:
		return f.unknown("kubectl", args)
	}
	return docpage.Result{}
}

// helm checks the names of the values. integration/helm proves that the chart's pods are those of tsboot manifest with the flags
// of the same names, so this boots what these flags give.
func (f *kubernetesPage) helm(dir string, args []string) docpage.Result {
	f.t.Helper()
	if strings.Join(args, " ") == "uninstall zabbix-agent2 --namespace "+f.namespace {
		f.stop()
		return docpage.Result{}
	}
	if len(args) < 4 || strings.Join(args[:3], " ") != "upgrade --install zabbix-agent2" {
		return f.unknown("helm", args)
	}
	flags, err := flagsOf(args[4:], "--namespace", "--create-namespace", "--wait", "--set...")
	if err != nil || strings.Join(flags["--namespace"], "") != f.namespace {
		return f.unknown("helm", args)
	}
	values := readFile(f.t, filepath.Join(args[3], "values.yaml"))
	for _, value := range flags["--set"] {
		if name, _, _ := strings.Cut(value, "="); !strings.Contains(values, "\n"+name+": ") {
			f.t.Errorf("the chart has no value %s", name)
		}
	}
	if want := []string{"profile=zabbix-agent2", "image=" + f.pushed, "secretsDir={/run/secrets/tsboot}"}; !slices.Equal(flags["--set"], want) {
		f.t.Errorf("the values are %q, want %q", flags["--set"], want)
	}
	f.apply(filepath.Join(dir, "zabbix-agent2.yaml")) // step 3 made it of these flags
	f.healthy()
	return docpage.Result{}
}

func (f *kubernetesPage) createSecret(dir string, args []string) docpage.Result {
	f.t.Helper()
	secret := &core.Secret{
		TypeMeta: meta.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: meta.ObjectMeta{Name: "zabbix-agent2", Namespace: f.namespace}, Data: map[string][]byte{},
	}
	dry := false
	for _, arg := range args {
		literal, isLiteral := strings.CutPrefix(arg, "--from-literal=")
		file, isFile := strings.CutPrefix(arg, "--from-file=")
		switch key, value, _ := strings.Cut(literal, "="); {
		case isLiteral && key != "":
			secret.Data[key] = []byte(value)
		case isFile:
			secret.Data[filepath.Base(file)] = []byte(readFile(f.t, filepath.Join(dir, file)))
		case arg == "--dry-run=client" || arg == "-o" || arg == "yaml":
			dry = true
		default:
			return f.unknown("kubectl create secret", args)
		}
	}
	if !dry {
		f.secret = secret
		return docpage.Result{}
	}
	text, err := yaml.Marshal(secret)
	if err != nil {
		f.t.Fatal(err)
	}
	return docpage.Result{Printed: string(text)}
}

// apply takes a Secret, or what tsboot manifest prints.
func (f *kubernetesPage) apply(file string) {
	f.t.Helper()
	for document := range strings.SplitSeq(readFile(f.t, file), "\n---\n") {
		var kind meta.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			f.t.Fatal(err)
		}
		read := func(into any) {
			f.t.Helper()
			if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
				f.t.Fatalf("%s: %v\n%s", file, err, document)
			}
		}
		switch kind.APIVersion + " " + kind.Kind {
		case "v1 ServiceAccount":
			read(&core.ServiceAccount{})
		case "v1 Secret":
			f.secret = &core.Secret{}
			read(f.secret)
			f.mountSecret()
			f.takesNew()
		case "apps/v1 DaemonSet":
			f.set = &apps.DaemonSet{}
			read(f.set)
			f.startPod(file)
		default:
			f.t.Fatalf("%s: %s %s", file, kind.APIVersion, kind.Kind)
		}
	}
}

func (f *kubernetesPage) startPod(file string) {
	f.t.Helper()
	c := f.set.Spec.Template.Spec.Containers[0]
	f.wantImage(c.Image, true)
	f.isImage()
	f.mountSecret()
	f.start(file, c.Args)
}

// mountSecret writes the files as the kubelet does: root's, with the mode of the volume, and readable by the pod's group.
func (f *kubernetesPage) mountSecret() {
	f.t.Helper()
	pod := f.set.Spec.Template.Spec
	i := slices.IndexFunc(pod.Volumes, func(v core.Volume) bool { return v.Secret != nil })
	if i < 0 || pod.Volumes[i].Secret.SecretName != f.secret.Name || pod.SecurityContext == nil || pod.SecurityContext.FSGroup == nil {
		f.t.Fatalf("the pod's volumes are %+v, its security %+v", pod.Volumes, pod.SecurityContext)
	}
	group := int(*pod.SecurityContext.FSGroup)
	j := slices.IndexFunc(pod.Containers[0].VolumeMounts, func(m core.VolumeMount) bool { return m.Name == pod.Volumes[i].Name })
	dir := f.c.path(pod.Containers[0].VolumeMounts[j].MountPath)
	for name, value := range f.secret.Data {
		file := writeFile(f.t, filepath.Join(dir, name), string(value), 0o600)
		if err := errors.Join(os.Chown(file, 0, group), os.Chmod(file, os.FileMode(*pod.Volumes[i].Secret.DefaultMode)|0o440)); err != nil {
			f.t.Fatal(err)
		}
	}
}

// takesNew is the refresh that the page names after a new key.
func (f *kubernetesPage) takesNew() {
	f.t.Helper()
	if refreshed := f.inside("/tsboot", "refresh"); refreshed.Code != 0 {
		f.t.Errorf("refresh: %s\n%s", refreshed.Printed, f.running.stderr())
	}
	f.takes(string(f.secret.Data["psk"]))
}
