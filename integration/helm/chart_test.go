package helm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

const (
	root  = "../.."
	place = root + "/deploy/helm/tsboot"
)

// tsboot is the program, built once.
var tsboot string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tsboot-helm")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	build := exec.Command("make", "--no-print-directory", "-s", "build", "BINDIR="+dir)
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	tsboot = filepath.Join(dir, "tsboot")
	return m.Run()
}

func load(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(place)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// render is what Helm makes of values: the texts by template.
func render(t *testing.T, values map[string]any) (map[string]string, error) {
	t.Helper()
	options := chartutil.ReleaseOptions{Name: "it", Namespace: "security", IsInstall: true}
	all, err := chartutil.ToRenderValues(load(t), values, options, nil)
	if err != nil {
		return nil, err
	}
	return engine.Render(load(t), all)
}

// objects are the two of the chart, or of tsboot manifest kubernetes, read strictly.
type objects struct {
	account core.ServiceAccount
	set     apps.DaemonSet
}

func read(t *testing.T, account, set string) objects {
	t.Helper()
	var o objects
	for text, into := range map[string]any{account: &o.account, set: &o.set} {
		if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	return o
}

// rendered are the objects of the chart.
func rendered(t *testing.T, values map[string]any) objects {
	t.Helper()
	texts, err := render(t, values)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, texts["tsboot/templates/serviceaccount.yaml"], texts["tsboot/templates/daemonset.yaml"])
}

// printed are the objects of tsboot manifest kubernetes.
func printed(t *testing.T, flags ...string) objects {
	t.Helper()
	cmd := exec.Command(tsboot, append([]string{"manifest", "kubernetes"}, flags...)...)
	cmd.Env = []string{}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v\n%s", flags, err, &stderr)
	}
	account, set, _ := strings.Cut(string(text), "\n---\n")
	return read(t, account, set)
}

func TestLint(t *testing.T) {
	files, err := filepath.Glob(root + "/deploy/*/values.yaml")
	if err != nil || len(files) != 4 {
		t.Fatalf("values files %q: %v", files, err)
	}
	for _, file := range append(files, place+"/values.yaml") {
		values, err := chartutil.ReadValuesFile(file)
		if err != nil {
			t.Fatal(err)
		}
		result := lint.AllWithKubeVersion(place, values, "security", nil)
		for _, m := range result.Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %s", file, m)
			}
		}
	}
}
