package detect

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tsboot/tsboot/watch/event"
)

func message1(t testing.TB, text string, e *event.Event) string {
	t.Helper()
	rules := load(t, "name: Own\nrules:\n- id: r\n  name: A rule\n  severity: 1\n  when: 'true'\n"+text, "Own")
	return rules.Judge(e)[0].Message
}

func TestMessage(t *testing.T) {
	t.Parallel()
	unnamed := scp(&event.Container{ID: strings.Repeat("ab", 32)})
	unnamed.Process.VPID = 0
	digest := scp(&event.Container{ID: "aa", Name: "x", Image: &event.Image{Hash: &event.Hash{All: []string{"sha256:" + strings.Repeat("cd", 32)}}}})
	lost := scp(nil)
	lost.Tswatch.Attribution = &event.Attribution{Method: "none", Reason: "process-gone"}
	for _, c := range []struct {
		text string
		e    *event.Event
		want string
	}{
		{"  message: '{{process.name}} is {{ process.pid }}'\n", scp(nil), "scp is 32105"},
		{"  message: '{{process.args}}, {{container.image.tag}}'\n", scp(nginx()), "scp x u@h:., 1.27"},
		{"  message: 'Done by {{process.name}} at {{@timestamp}}, {{timestamp}}'\n", &event.Event{Timestamp: time.UnixMilli(1767323045678)},
			"Done by an unknown program at 2026-01-02T03:04:05.678Z, 2026-01-02T03:04:05.678Z"},
		{"  message: '{{file.path}} {{user.audit.id}} {{container.name}}'\n", scp(nil), "unknown unknown unknown"},
		{"  message: '{{container.name}}'\n", unnamed, "abababababab"},
		{"  message: 'no {field} and }} here'\n", scp(nil), "no {field} and }} here"},
		{"  message: '{{event.action}}{{event.action}}'\n", scp(nil), "executedexecuted"},
		{"", scp(nginx()), "A rule: in container some-nginx (image nginx:1.27), pid 32105 (pid 8 in the container)"},
		{"", unnamed, "A rule: in container abababababab (image unknown), pid 32105 (pid in the container unknown)"},
		{"", digest, "A rule: in container x (image sha256:cdcdcdcdcdcd), pid 32105 (pid 8 in the container)"},
		{"", scp(nil), "A rule: on host ip-10-0-0-7, pid 32105"},
		{"", lost, "A rule: on host ip-10-0-0-7, container unknown (process-gone), pid 32105"},
		{"", &event.Event{}, "A rule: on host unknown"},
	} {
		if got := message1(t, c.text, c.e); got != c.want {
			t.Errorf("%s gives %q, want %q", c.text, got, c.want)
		}
	}
}

// TestHostileValues: what a process chose is text, on one line, and not without end.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"{{process.pid}}", "a\nb", "\x1b[2J\x1b]0;title\a", "\u202egnp.exe", "\u2028", "\u0085", "\xff\xfe", "\x00", strings.Repeat("é", 10_000), "a{{", "}}", "%s%n",
	} {
		e := scp(nginx())
		e.Process.Name, e.Container.Name = name, name
		got := message1(t, "  message: '{{process.name}} {{where}}'\n", e)
		if len(got) > 4*longest+500 || !utf8.ValidString(got) || strings.ContainsFunc(got, func(c rune) bool { return !unicode.IsPrint(c) }) {
			t.Errorf("%.40q gives %.200q", name, got)
		}
		if strings.HasPrefix(name, "{{") && !strings.HasPrefix(got, name) {
			t.Errorf("%q was read as a template: %q", name, got)
		}
	}
}
