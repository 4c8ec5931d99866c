package helm

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/yaml"
)

// wantEqual compares the objects. Helm's own labels, and the annotation that names a role, are not in a manifest's.
func wantEqual(t *testing.T, name string, chart, manifest objects) {
	t.Helper()
	for _, labels := range []map[string]string{chart.account.Labels, chart.set.Labels} {
		if labels["app.kubernetes.io/managed-by"] != "Helm" || !strings.HasPrefix(labels["helm.sh/chart"], "tsboot-") {
			t.Errorf("%s: labels %v", name, labels)
		}
		delete(labels, "app.kubernetes.io/managed-by")
		delete(labels, "helm.sh/chart")
	}
	delete(manifest.account.Annotations, "eks.amazonaws.com/role-arn")
	if len(manifest.account.Annotations) == 0 {
		manifest.account.Annotations = nil
	}
	for _, pair := range [][2]any{{chart.account, manifest.account}, {chart.set, manifest.set}} {
		got, _ := json.MarshalIndent(pair[0], "", " ")
		want, _ := json.MarshalIndent(pair[1], "", " ")
		if string(got) != string(want) {
			t.Errorf("%s: the chart and the manifest differ: %s", name, firstDifference(string(got), string(want)))
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			from := max(0, i-4)
			return "\n" + strings.Join(g[from:min(len(g), i+3)], "\n") + "\nand\n" + strings.Join(w[from:min(len(w), i+3)], "\n")
		}
	}
	return "one is longer"
}

// profiles are the names of the built-in ones.
func profiles(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(place + "/profiles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := yaml.Unmarshal(data, &all); err != nil || len(all) < 20 {
		t.Fatalf("%d profiles: %v", len(all), err)
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

const image = "registry.example/agent:1"

func TestEveryProfileEqualsTheManifest(t *testing.T) {
	for _, name := range profiles(t) {
		values := map[string]any{"profile": name, "image": image, "ssmPath": []any{"/" + name + "/prod"}}
		flags := []string{"--profile", name, "--image", image, "--ssm-path", "/" + name + "/prod"}
		if name == "exec" || name == "falcon-sensor" { // they have no command of their own
			values["command"] = []any{"/bin/server", "--port", "80"}
			flags = append(flags, "--", "/bin/server", "--port", "80")
		}
		wantEqual(t, name, rendered(t, values), printed(t, flags...))
	}
}

// TestFlagsEqualTheManifest: a value is the flag of its name.
func TestFlagsEqualTheManifest(t *testing.T) {
	for name, test := range map[string]struct {
		values map[string]any
		flags  []string
	}{
		"most flags": {map[string]any{
			"profile": "snmpd", "name": "my-snmp", "ssmPath": []any{"/a", "/b"}, "ssmParameter": []any{"user=/x/y"}, "ssmFetch": "names",
			"secretsDir": []any{"/s/a", "/s/b"}, "set": map[string]any{"listen": "127.0.0.1 $HOME"}, "region": "eu-west-1", "fetchTimeout": "2m0s",
			"splay": "5s", "refresh": "5m0s", "restart": "always", "grace": "1m10s", "user": "u", "workingDir": "/w", "onFetchFailure": "use-existing",
			"metricsFile": "/m/n/x.prom", "runDir": "/run/z", "logLevel": "debug", "logFormat": "json", "memory": 300,
			"mounts": []any{"/data:/data", "/state:/var/lib/snmp:rw"},
		}, strings.Fields(`--profile snmpd --name my-snmp --ssm-path /a --ssm-path /b --ssm-parameter user=/x/y --ssm-fetch names --secrets-dir /s/a
			--secrets-dir /s/b --set listen=127.0.0.1~$HOME --region eu-west-1 --fetch-timeout 2m --splay 5s --refresh 5m --restart always
			--grace 70s --user u --working-dir /w --on-fetch-failure use-existing --metrics-file /m/n/x.prom --run-dir /run/z --log-level debug
			--log-format json --memory 300 --mount /data:/data --mount /state:/var/lib/snmp:rw`)},
		"a fleet":                  {map[string]any{"profile": "auditd", "ssmPath": []any{"/a"}, "hosts": 3000}, strings.Fields("--profile auditd --ssm-path /a --hosts 3000")},
		"a fleet and a deadline":   {map[string]any{"profile": "auditd", "ssmPath": []any{"/a"}, "hosts": 3000, "fetchTimeout": "30s"}, strings.Fields("--profile auditd --ssm-path /a --hosts 3000 --fetch-timeout 30s")},
		"a user's image":           {map[string]any{"profile": "node-exporter", "secretsDir": []any{"/s"}}, strings.Fields("--profile node-exporter --secrets-dir /s")},
		"no end of the fetch":      {map[string]any{"profile": "auditd", "fetchTimeout": "0s"}, strings.Fields("--profile auditd --fetch-timeout 0")},
		"no control socket":        {map[string]any{"profile": "auditd", "runDir": ""}, strings.Fields("--profile auditd --run-dir=")},
		"a run directory of /etc":  {map[string]any{"profile": "auditd", "runDir": "/etc"}, strings.Fields("--profile auditd --run-dir /etc")},
		"a mount for the secrets":  {map[string]any{"profile": "auditd", "secretsDir": []any{"/s/a"}, "mounts": []any{"/etc/s:/s"}}, strings.Fields("--profile auditd --secrets-dir /s/a --mount /etc/s:/s")},
		"metrics in a given mount": {map[string]any{"profile": "auditd", "metricsFile": "/m/n/x.prom", "mounts": []any{"/m/n:/m/n"}}, strings.Fields("--profile auditd --metrics-file /m/n/x.prom --mount /m/n:/m/n")},
	} {
		for i := range test.flags {
			test.flags[i] = strings.ReplaceAll(test.flags[i], "~", " ")
		}
		test.values["image"] = image
		wantEqual(t, name, rendered(t, test.values), printed(t, append(test.flags, "--image", image)...))
	}
}

// TestDeployValues: deploy/PROFILE/values.yaml is the chart's part of that directory, beside kubernetes.yaml.
func TestDeployValues(t *testing.T) {
	for _, name := range []string{"auditd", "threatstack-2", "tswatch", "zabbix-agent2"} {
		values, err := chartutil.ReadValuesFile(filepath.Join(root, "deploy", name, "values.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(root, "deploy", name, "kubernetes.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		account, set, _ := strings.Cut(string(text), "\n---\n")
		manifest, chart := read(t, account, set), rendered(t, values)
		if chart.account.Annotations["eks.amazonaws.com/role-arn"] != manifest.account.Annotations["eks.amazonaws.com/role-arn"] {
			t.Errorf("%s: annotations %v", name, chart.account.Annotations)
		}
		delete(chart.account.Annotations, "eks.amazonaws.com/role-arn")
		chart.account.Annotations = nil
		wantEqual(t, name, chart, manifest)
	}
}
