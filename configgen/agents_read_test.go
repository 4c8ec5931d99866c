package configgen

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/secrets"
)

// An agentRead is where an agent that replaces something in its configuration finds the value of a parameter.
type agentRead struct {
	profile, parameter string
	before             string   // of the value, where it is one item of a map
	path               []string // of keys; the first item of a list has none
	read               func(value string, document map[string]any) string
}

var agentReads = []agentRead{
	{profile: "telegraf", parameter: "token", path: []string{"outputs", "influxdb_v2", "token"}, read: readByTelegraf},
	{profile: "telegraf", parameter: "organization", path: []string{"outputs", "influxdb_v2", "organization"}, read: readDoubled},
	{profile: "telegraf", parameter: "hostname", path: []string{"agent", "hostname"}, read: readDoubled},
	{profile: "otel-collector", parameter: "headers", before: "key=", path: []string{"exporters", "otlphttp", "headers", "key"}, read: readDoubled},
	{profile: "otel-collector", parameter: "endpoint", before: "https://x/", path: []string{"exporters", "otlphttp", "endpoint"}, read: readDoubled},
	{profile: "vector", parameter: "authorization", path: []string{"sinks", "http", "auth", "value"}, read: readByVector},
	{profile: "vector", parameter: "uri", before: "https://x/", path: []string{"sinks", "http", "uri"}, read: readByVector},
	{profile: "vector", parameter: "data-dir", before: "/", path: []string{"data_dir"}, read: readByVector},
	{profile: "fluent-bit", parameter: "shared-key", path: []string{"pipeline", "outputs", "shared_key"}, read: readByFluentBit},
	{profile: "fluent-bit", parameter: "paths", before: "/", path: []string{"pipeline", "inputs", "path"}, read: readByFluentBit},
}

// replacedBySome are texts that one of the agents replaces.
var replacedBySome = []string{
	"$$", "a$", "${env:HOME}", "$${env:HOME}", "$HOME${", "@{os:key}", "@@{os:key}", "@", "@{x", "SECRET[a.b]", "TSECRET[a.b]", "SECRET[", "T[", "TT",
	"file:///etc/passwd", "file:", "file", "fil", "fi", "f", "filf", "{{ host }}", "}${",
}

// readDoubled is what an agent reads that takes `$$` for a dollar and replaces what follows another.
func readDoubled(value string, _ map[string]any) string {
	return strings.NewReplacer("$$", "$", "$", "[replaced]").Replace(value)
}

var telegrafSecret = regexp.MustCompile(`@\{.+?:.+?}`)

func readByTelegraf(value string, document map[string]any) string {
	return telegrafSecret.ReplaceAllString(readDoubled(value, document), "[replaced]")
}

var vectorReplaces = regexp.MustCompile(`SECRET\[[[:word:]]+\.[[:word:].]+\]`)

func readByVector(value string, _ map[string]any) string {
	return vectorReplaces.ReplaceAllString(value, "[replaced]")
}

var fluentBitReplaces = regexp.MustCompile(`\$\{[^}]+\}`)

// readByFluentBit replaces the variables of the section env, once, and reads a file for a variable that names one.
func readByFluentBit(value string, document map[string]any) string {
	return fluentBitReplaces.ReplaceAllStringFunc(value, func(name string) string {
		text, _ := document["env"].(map[string]any)[name[2:len(name)-1]].(string)
		if strings.HasPrefix(text, "file://") {
			return "[read from a file]"
		}
		return text
	})
}

// TestAgentsReadWhatIsStored: a value that a profile takes is what its agent reads, after what the agent replaces.
func TestAgentsReadWhatIsStored(t *testing.T) {
	t.Parallel()
	for _, a := range agentReads {
		t.Run(a.profile+"/"+a.parameter, func(t *testing.T) {
			t.Parallel()
			taken := 0
			for _, value := range append(append([]string{}, hostile.Values...), replacedBySome...) {
				if strings.TrimSpace(value) != value {
					continue
				}
				file := a.render(t, value)
				if file == nil {
					continue
				}
				taken++
				if got, want := a.find(t, file), a.whole(value); got != want {
					t.Errorf("%q is read as %q from\n%s", want, got, file.Content)
				}
			}
			if taken < 10 {
				t.Errorf("only %d values were taken", taken)
			}
		})
	}
}

// whole is the value as it is stored, without the key of a map.
func (a *agentRead) whole(value string) string {
	if strings.HasSuffix(a.before, "=") {
		return value
	}
	return a.before + value
}

// render is the profile's file with the value among the good ones of its golden case; nil where the value is refused.
func (a *agentRead) render(t *testing.T, value string) *Rendered {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/agent-" + a.profile + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	good := storeLayer(t, "ssm:/agent/prod", lines(section(archive, "ssm:/agent/prod")))
	odd := secrets.Layer{Origin: "odd", Parameters: []secrets.Parameter{
		{Name: a.parameter, FullName: a.parameter, Value: secrets.NewValue(a.before + value), Type: "SecureString", Origin: "odd"},
	}}
	r, err := Resolve(builtin(t, a.profile), []secrets.Layer{good, odd})
	if err != nil {
		return nil
	}
	r.SetFacts(r.FactsNeeded(false, false), map[string]string{"host.name": "node-1"})
	files, err := r.Render()
	if err != nil {
		return nil
	}
	return &files[0]
}

// find reads the file as the agent does.
func (a *agentRead) find(t *testing.T, file *Rendered) string {
	t.Helper()
	document := map[string]any{}
	var err error
	if file.Syntax == "toml" {
		err = toml.Unmarshal(file.Content, &document)
	} else {
		err = yaml.Unmarshal(file.Content, &document)
	}
	if err != nil {
		t.Fatalf("%v in\n%s", err, file.Content)
	}
	var here any = document
	for _, key := range a.path {
		if list, ok := here.([]any); ok {
			here = list[0]
		}
		mapping, _ := here.(map[string]any)
		here = mapping[key]
	}
	text, _ := here.(string)
	return a.read(text, document)
}
