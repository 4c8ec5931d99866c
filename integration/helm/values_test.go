package helm

import (
	"slices"
	"strings"
	"testing"
)

// hostile are words that a template may get wrong.
var hostile = []any{
	"a b", "", `"`, `'`, `\`, `\n`, "new\nline", "tab\t", "$HOME", "${x}", "$(x)", "$$(x)", "{{ .Values.image }}", "{{ fail \"x\" }}",
	"yes", "null", "1", "1e3", "~", "# c", "- a", "a: b", "&a", "*a", "!a", "é", "\x01", "\x7f", "\u0085", "\u2028", "\ufeff", "|", ">", "-x", "%d",
}

// TestHostileWords: each value is one word of the container, and nothing of it is a template, YAML or a variable.
func TestHostileWords(t *testing.T) {
	o := rendered(t, map[string]any{"profile": "exec", "image": image, "command": append([]any{"/bin/server"}, hostile...)})
	args := o.set.Spec.Template.Spec.Containers[0].Args
	args = args[slices.Index(args, "--")+2:]
	for i, want := range hostile {
		if strings.Contains(strings.ReplaceAll(args[i], "$$", ""), "$") || strings.ReplaceAll(args[i], "$$", "$") != want {
			t.Errorf("%q became %q", want, args[i])
		}
	}
}

func TestRefused(t *testing.T) {
	with := func(key string, value any) map[string]any {
		values := map[string]any{"profile": "snmpd", "image": image}
		values[key] = value
		return values
	}
	for want, values := range map[string]map[string]any{
		"name the agent's profile":             {"image": image},
		"name the container image":             {"profile": "snmpd"},
		`profile "snmp"`:                       with("profile", "snmp"),
		"is read-only, and tsboot writes to":   with("mounts", []any{"/x:/etc/snmp"}),
		"secretsDir: /run/tsboot is read-only": with("secretsDir", []any{"/run/tsboot"}),
		"additional properties":                with("ssmPaths", "x"),
		"/mounts":                              with("mounts", []any{"/:/host:rw"}),
		"/grace":                               with("grace", "1.5h"),
		"/capabilities":                        with("capabilities", []any{"ALL"}),
		"/ssmPath":                             with("ssmPath", []any{"a"}),
		"/image":                               with("image", "a b"),
		"/name":                                with("name", "A"),
	} {
		if _, err := render(t, values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", values, err, want)
		}
	}
}

// TestWhereItRuns: what only the chart has.
func TestWhereItRuns(t *testing.T) {
	o := rendered(t, map[string]any{
		"profile": "/agent.yaml", "image": image, "directories": []any{"/etc/agent"}, "capabilities": []any{"SYS_PTRACE", "AUDIT_READ"},
		"serviceAccount": map[string]any{"create": false, "name": "there"}, "tolerations": []any{}, "nodeSelector": map[string]any{"a": "yes"},
		"priorityClassName": "system-node-critical", "resources": map[string]any{"limits": map[string]any{"memory": "1Gi"}},
		"updateStrategy": map[string]any{"type": "OnDelete"}, "podAnnotations": map[string]any{"a": "1"}, "imagePullPolicy": "Always",
		"env": []any{map[string]any{"name": "A", "value": "b"}}, "imagePullSecrets": []any{map[string]any{"name": "s"}},
	})
	pod := o.set.Spec.Template.Spec
	c := pod.Containers[0]
	if o.account.Name != "" || pod.ServiceAccountName != "there" || len(pod.Tolerations) != 0 || pod.NodeSelector["a"] != "yes" ||
		pod.PriorityClassName != "system-node-critical" || o.set.Spec.UpdateStrategy.Type != "OnDelete" || pod.ImagePullSecrets[0].Name != "s" ||
		o.set.Name != "agent" || len(o.set.Spec.Template.Annotations) != 1 {
		t.Errorf("%+v", o)
	}
	if c.Resources.Limits.Memory().String() != "1Gi" || len(c.Resources.Requests) != 0 || c.Env[0].Value != "b" || c.ImagePullPolicy != "Always" ||
		!slices.Equal(c.Args[:2], []string{"--profile", "/agent.yaml"}) || len(c.SecurityContext.Capabilities.Add) != 2 || !*c.SecurityContext.ReadOnlyRootFilesystem {
		t.Errorf("%+v", c)
	}
}

// TestNotes: what a person must do is said.
func TestNotes(t *testing.T) {
	texts, err := render(t, map[string]any{"profile": "snmpd", "image": image, "ssmPath": []any{"/snmpd/prod"}})
	notes := texts["tsboot/templates/NOTES.txt"]
	if err != nil || !strings.Contains(notes, "create-pod-identity-association") || !strings.Contains(notes, "--ssm-path /snmpd/prod") {
		t.Errorf("%v\n%s", err, notes)
	}
	texts, err = render(t, map[string]any{"profile": "snmpd", "image": image, "ssmPath": []any{"/a"}, "serviceAccount": map[string]any{"roleArn": "arn:aws:iam::111122223333:role/a"}})
	if notes := texts["tsboot/templates/NOTES.txt"]; err != nil || !strings.Contains(notes, "system:serviceaccount:security:snmpd") {
		t.Errorf("%v\n%s", err, notes)
	}
}
