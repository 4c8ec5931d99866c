package manifest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/manifest"
)

// TestSettings: a kind that is not what a profile's default is made for has the parameter set, and what a person sets is kept.
func TestSettings(t *testing.T) {
	t.Parallel()
	settings := map[string]string{
		"systemd": "host-root=/", "fargate": "host-root=/", "ecs": "audit-mode=unicast", "ecs-daemon": "audit-mode=unicast",
		"cloudformation": "audit-mode=unicast", "terraform": "audit-mode=unicast",
	}
	for _, kind := range manifest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := make1(t, kind, deployment("tswatch"))
			text, want := string(m.Text), settings[kind]
			if set := strings.Count(text, "--set"); want == "" && set != 0 || want != "" && (set != 1 || !strings.Contains(text, want)) {
				t.Errorf("want %q set, and nothing else:\n%s", want, text)
			}
			said := slices.ContainsFunc(m.Notes, func(note string) bool { return strings.Contains(note, "audit daemon, which must not run") })
			if said != (want == "audit-mode=unicast") {
				t.Errorf("the notes are %q", m.Notes)
			}
			if cannot := slices.ContainsFunc(m.Notes, func(note string) bool { return strings.Contains(note, "the host's audit, which a task does not get") }); cannot != (kind == "fargate") {
				t.Errorf("the notes are %q", m.Notes)
			}
			if kind == "systemd" && slices.ContainsFunc(m.Notes, func(note string) bool { return strings.Contains(note, "/host") }) {
				t.Errorf("the agent looks at the host, and a note says that it does not: %q", m.Notes)
			}

			o := deployment("tswatch")
			given := []string{"audit-mode=multicast", "host-root=/mnt"}
			o.Boot.Sources.Set, o.Boot.Given["set"] = given, "--set"
			o.Words = append(o.Words, "--set", given[0], "--set", given[1])
			text = string(make1(t, kind, o).Text)
			if strings.Count(text, "--set") != 2 || !strings.Contains(text, given[0]) || !strings.Contains(text, given[1]) {
				t.Errorf("what a person sets is not kept:\n%s", text)
			}
		})
	}
}
