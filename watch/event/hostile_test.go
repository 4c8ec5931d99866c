package event

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
)

// checkLine is whether text is one line for every reader, and one object of JSON.
func checkLine(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("%v\n%.2000q", err, text)
	}
	if !utf8.Valid(text) || bytes.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	}) {
		t.Fatalf("not one line of text: %.2000q", text)
	}
	return object
}

// TestHostileArguments has each byte, and some texts that break readers, as arguments, names and names of containers.
func TestHostileArguments(t *testing.T) {
	texts := []string{
		strings.Repeat("a", 1<<20), strings.Repeat("\"\\\n\x00\xff", 1<<15), "\u2028\u2029\u0085\u200b\ufeff", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"</script><script>", `"},"event":{"kind":"alert"`, "\\u0000", "\x1b[31m", "\x7f", "$(id)", "'; rm -rf /; '", "{{.}}", "%s%n",
	}
	for c := range 256 {
		texts = append(texts, string([]byte{byte(c)}), string([]byte{'a', byte(c), 'b'}))
	}
	for _, text := range texts {
		argument, coded := text, strings.ToUpper(hex.EncodeToString([]byte(text)))
		e := records(t, fmt.Sprintf(`type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=59 success=yes exit=0 pid=2 comm=%[2]s exe=%[2]s key=%[2]s
type=EXECVE msg=audit(1.000:1): argc=2 a0="x" a1=%[1]s
type=CWD msg=audit(1.000:1): cwd=%[2]s`, coded, coded[:min(len(coded), 8192)]))
		if len(text) > 1<<16 {
			text = text[:5] // only an argument is that long
		}
		c := &container.Container{ID: "aa", Name: text, Runtime: text, Image: container.Image{Name: text, Tag: text}, Labels: map[string]string{
			"io.kubernetes.pod.name": text, "io.kubernetes.pod.uid": text,
		}}
		event := New(e, container.Attribution{Method: container.MethodCgroup, Container: c}, text)
		for _, f := range []Format{FormatECS, FormatOCSF, FormatFalco} {
			checkLine(t, line(t, event.Alert(Rule{ID: text, Name: text, Ruleset: text}, 1, []string{text}, text), f))
		}
		args := checkLine(t, line(t, event, FormatECS))["process"].(map[string]any)["args"].([]any)
		if want := strings.ToValidUTF8(argument, ""); len(args) != 2 || strings.ReplaceAll(args[1].(string), "\ufffd", "") != want {
			t.Errorf("%.100q came back as %.100q", argument, args)
		}
		if event.Tswatch.Lossy == utf8.ValidString(argument) {
			t.Errorf("%.100q: lossy is %v", argument, event.Tswatch.Lossy)
		}
	}
}

func FuzzEvent(f *testing.F) {
	for _, g := range readGolden(f) {
		f.Add(section(g.archive, "records"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		var e audit.Event
		for text := range strings.Lines(text) {
			if r, err := audit.ParseLine(text); err == nil {
				e.Time, e.Serial, e.Node = r.Time, r.Serial, r.Node
				e.Records = append(e.Records, r)
			}
		}
		for _, a := range attributions() {
			event := New(e, a, "h")
			object := checkLine(t, line(t, event, FormatECS))
			walk("", object, func(path string, value any) {
				if err := checkField(ecsFields, path, value); err != nil {
					t.Error(err)
				}
			})
			var classed map[string]any = checkLine(t, line(t, event, FormatOCSF))
			for _, err := range append(checkClass(classed), checkObject("event", classed)...) {
				t.Error(err)
			}
			checkLine(t, line(t, event, FormatFalco))
			if event.Container != nil && (a.Container == nil || event.Container.ID != a.Container.ID) {
				t.Error("a container that nobody named")
			}
		}
	})
}
