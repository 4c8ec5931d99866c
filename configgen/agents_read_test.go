package configgen

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// An agentRead is where an agent that replaces something in its configuration finds the value of a parameter.
type agentRead struct {
	profile, parameter string
	before             string   // what stands before the value in the parameter: of a map a key
	file               int      // which of the profile's
	path               []string // of keys; the first item of a list needs none, "" is a list's only one
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
	{profile: "filebeat", parameter: "paths", before: "/", file: 1, path: []string{"filebeat.inputs", "paths", ""}, read: readDoubled},
	{profile: "auditbeat", parameter: "rules", file: 1, path: []string{"auditbeat.modules", "audit_rules"}, read: readDoubled},
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
			d, _ := builtin(t, a.profile).Parameter(a.parameter)
			for _, value := range append(append([]string{}, hostile.Values...), replacedBySome...) {
				if strings.TrimSpace(value) != value || d.Type == profile.List && strings.Contains(value, ",") {
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
	return &files[a.file]
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
		if list, ok := here.([]any); ok && len(list) > 0 {
			here = list[0]
			if key == "" {
				break
			}
		}
		mapping, _ := here.(map[string]any)
		here = mapping[key]
	}
	text, _ := here.(string)
	return a.read(text, document)
}

// imageFile is a filebeat.yml as an image has it.
const imageFile = `# of the image
filebeat.inputs:
  - type: filestream
    id: own
    paths: ['${OWN:/var/log}/*.log']
processors:
  - add_cloud_metadata: ~
output.elasticsearch:
  hosts: '${ELASTICSEARCH_HOSTS:elasticsearch:9200}'
  username: '${ELASTICSEARCH_USERNAME:}'
  password: '${ELASTICSEARCH_PASSWORD:}'
  compression_level: 3
`

// TestFilebeatKeepsTheFileOfTheImage: what the image's file says stays, except the output's hosts and credentials.
func TestFilebeatKeepsTheFileOfTheImage(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), "filebeat.yml")
	if err := os.WriteFile(base, []byte(imageFile), 0o644); err != nil {
		t.Fatal(err)
	}
	source, _ := profile.Source("filebeat")
	p, err := profile.Parse("filebeat", bytes.Replace(source, []byte("base: /usr/share/filebeat/filebeat.yml"), []byte("base: "+base), 1))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Resolve(p, []secrets.Layer{storeLayer(t, "ssm:/agent/prod", []string{"hosts=https://es$1.example", "api-key=id:key"})})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ReadBases(); err != nil {
		t.Fatal(err)
	}
	files, err := r.Render()
	if err != nil {
		t.Fatal(err)
	}
	const want = `# of the image
filebeat.inputs:
  - type: filestream
    id: own
    paths: ['${OWN:/var/log}/*.log']
processors:
  - add_cloud_metadata: ~
output.elasticsearch:
  hosts:
    - "https://es$$1.example"
  compression_level: 3
  api_key: "${ELASTICSEARCH_API_KEY}"
keystore.path: "/usr/share/filebeat/tsboot/filebeat.keystore"
`
	if got := string(files[1].Content); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
