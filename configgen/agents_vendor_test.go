package configgen

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/secrets"
)

// A vendorRead is how an agent reads one of its files: what it does to the text, and where it then finds a parameter's value.
type vendorRead struct {
	profile, parameter, file string
	before                   string // of the value: what the parameter's pattern asks for
	find                     func(t *testing.T, text string) string
}

var vendorReads = []vendorRead{
	{"datadog-agent", "proxy", "/etc/tsboot/datadog-agent/datadog.yaml", "https://x/", inYAML("proxy", "https")},
	{"datadog-agent", "env", "/etc/tsboot/datadog-agent/datadog.yaml", "", inYAML("env")},
	{"newrelic-infra", "display-name", "/etc/newrelic-infra/tsboot/newrelic-infra.yml", "", newRelic("display_name")},
	{"newrelic-infra", "custom-attributes", "/etc/newrelic-infra/tsboot/newrelic-infra.yml", "key=", newRelic("custom_attributes", "key")},
	{"newrelic-infra", "proxy", "/etc/newrelic-infra/tsboot/newrelic-infra.yml", "http://x/", newRelic("proxy")},
	{"falco", "http-url", "/etc/falco/tsboot/falco.yaml", "https://x/", falco("http_output", "url")},
	{"osquery", "enroll-secret", "/etc/osquery/tsboot/enroll-secret", "", func(_ *testing.T, text string) string { return strings.TrimSpace(text) }},
	{"osquery", "args", "/etc/osquery/tsboot/osquery.flags", "--x=", lastFlag},
	{"wazuh-agent", "enrollment-password", "/var/ossec/etc/authd.pass", "", firstLine},
	{"wazuh-agent", "agent-name", "/var/ossec/etc/ossec.conf", "", inXML("agent_name")},
	{"wazuh-agent", "manager", "/var/ossec/etc/ossec.conf", "", inXML("address")},
}

// inYAML finds a value by its keys.
func inYAML(path ...string) func(*testing.T, string) string {
	return func(t *testing.T, text string) string {
		t.Helper()
		var here any
		if err := yaml.Unmarshal([]byte(text), &here); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		for _, key := range path {
			mapping, _ := here.(map[string]any)
			here = mapping[key]
		}
		return fmt.Sprint(here)
	}
}

var (
	newRelicComment  = regexp.MustCompile(`((.*".*".*)|(.*'.*'.*))(#.*)`)
	newRelicVariable = regexp.MustCompile(`{{ *\w+.*?}}`)
)

// newRelic cuts what the agent takes for a comment behind quotes, and replaces variables, before it reads YAML.
func newRelic(path ...string) func(*testing.T, string) string {
	return func(t *testing.T, text string) string {
		t.Helper()
		return inYAML(path...)(t, newRelicVariable.ReplaceAllString(newRelicComment.ReplaceAllString(text, "$1"), "[replaced]"))
	}
}

var falcoVariable = regexp.MustCompile(`\$?\$\{[^}]*}`)

// falco replaces variables in what it has read, and takes a dollar from `$${`.
func falco(path ...string) func(*testing.T, string) string {
	return func(t *testing.T, text string) string {
		t.Helper()
		return falcoVariable.ReplaceAllString(inYAML(path...)(t, text), "[replaced]")
	}
}

// lastFlag is the value in the last line of a file of flags.
func lastFlag(_ *testing.T, text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	_, value, _ := strings.Cut(lines[len(lines)-1], "=")
	return value
}

func firstLine(_ *testing.T, text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// inXML is the text of the first element of a name.
func inXML(name string) func(*testing.T, string) string {
	return func(t *testing.T, text string) string {
		t.Helper()
		decoder := xml.NewDecoder(strings.NewReader(text))
		for {
			token, err := decoder.Token()
			if err != nil {
				t.Fatalf("no element %s: %v in\n%s", name, err, text)
			}
			if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
				var content string
				if err := decoder.DecodeElement(&content, &start); err != nil {
					t.Fatalf("%v in\n%s", err, text)
				}
				return content
			}
		}
	}
}

// harmless are values that more patterns take than those of hostile.
var harmless = []string{"node-1", "a.b", "n_1", "A1", "10.0.0.1", "x-y.z", "$HOME'", "${HOME}", "$${HOME}", "a$", "%24", "%{x}", "it's", `say "x"`, `\x41`, "{{HOME}}", "{{ x }}", `a" b" #c`, "'a' #b"}

// TestAgentsReadTheirFiles: a value that a profile takes is what the agent finds in its file.
func TestAgentsReadTheirFiles(t *testing.T) {
	t.Parallel()
	for _, v := range vendorReads {
		t.Run(v.profile+"/"+v.parameter, func(t *testing.T) {
			t.Parallel()
			taken := 0
			for _, value := range append(append([]string{}, hostile.Values...), harmless...) {
				if text, ok := v.render(t, value); ok {
					taken++
					if got := v.find(t, text); got != v.want(value) {
						t.Errorf("%q is read as %q from\n%s", v.want(value), got, text)
					}
				}
			}
			if taken < 5 {
				t.Errorf("only %d values were taken", taken)
			}
		})
	}
}

// want is the value as the agent should find it: without the key of a map or the name of a flag.
func (v *vendorRead) want(value string) string {
	if strings.HasSuffix(v.before, "=") {
		return value
	}
	return v.before + value
}

// render is the file with the value among the good ones of the golden case; not ok where the value is refused, or is not one
// value: it is trimmed, or of several items or words.
func (v *vendorRead) render(t *testing.T, value string) (string, bool) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/agent-" + v.profile + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	p := builtin(t, v.profile)
	d, _ := p.Parameter(v.parameter)
	several := map[string]string{"list": ",", "map": ",", "words": " \t\n'\"\\"}[string(d.Type)]
	if value == "" || strings.TrimSpace(value) != value || strings.ContainsAny(value, several) {
		return "", false
	}
	layers := []secrets.Layer{storeLayer(t, "ssm:/agent/prod", lines(section(archive, "ssm:/agent/prod"))), {Origin: "odd", Parameters: []secrets.Parameter{
		{Name: v.parameter, FullName: v.parameter, Value: secrets.NewValue(v.before + value), Type: "SecureString", Origin: "odd"},
	}}}
	r, err := Resolve(p, layers)
	if err != nil {
		return "", false
	}
	files, err := r.Render()
	if err != nil {
		return "", false
	}
	for _, f := range files {
		if f.Path == v.file {
			return string(f.Content), true
		}
	}
	t.Fatalf("%s writes no %s", v.profile, v.file)
	return "", false
}
