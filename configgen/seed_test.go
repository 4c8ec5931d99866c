package configgen

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/secrets"
)

// The image that tsboot replaces patched a template with sed; each of its
// faults that concerns rendering is a case here, by its number in the list of
// faults: with the input that broke it, and what has to come of it.

// seedConfig is the config as the agent reads it.
type seedConfig struct {
	Key     string `json:"deploy-key"`
	Type    string `json:"agent_type"`
	Ruleset string `json:"ruleset"`
	Config  struct {
		Containers int    `json:"enable_containers"`
		Level      string `json:"log_level"`
	} `json:"configuration"`
}

// seedBoot renders and writes the config as a boot with this environment would.
func seedBoot(t *testing.T, path string, environ ...string) (*Resolved, seedConfig) {
	t.Helper()
	p := builtin(t, "threatstack-1")
	set, err := SetLayer(p, "--set", []string{"config-path=" + path})
	if err != nil {
		t.Fatal(err)
	}
	r := resolve(t, p, []secrets.Layer{EnvLayer(p, environ), set})
	files, err := r.Render()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(files, nil, false); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c seedConfig
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return r, c
}

func TestSeedValues(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"2 slash":           "ab/c",
		"3 ampersand":       "R&D",
		"4 backslash":       `a\b`,
		"5 quote":           `a"b`,
		"6 injection":       `x", "evil": "1`,
		"7 newline":         "a\nb",
		"8 placeholder":     "THREATSTACK_LOGLEVEL",
		"8 own placeholder": "${log-level}",
		"9 words":           "abc -o x",
		"9 rule sets":       "Base Rule Set, Docker Rule Set",
		"12 command":        "$(touch /tmp/x) `id` * ?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "ts_config.json")
			_, c := seedBoot(t, path, "THREATSTACK_DEPLOY_KEY="+value, "THREATSTACK_RULESET="+value, "THREATSTACK_LOGLEVEL="+value)
			if c.Key != value || c.Ruleset != value || c.Config.Level != value || c.Type != "i" || c.Config.Containers != 1 {
				t.Errorf("%q: %+v", value, c)
			}
		})
	}
}

// 1: setup, then stop, then the agent, none of them lost.
func TestSeed1AllCommands(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "c.json")
	r, _ := seedBoot(t, path, "THREATSTACK_DEPLOY_KEY=k")
	plan, err := r.steps(r.Profile.Setup, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range plan.Commands {
		all = append(all, strings.Join(c.Argv, " "))
	}
	run, err := r.Run()
	if err != nil {
		t.Fatal(err)
	}
	const cloudsight = "/opt/threatstack/bin/cloudsight "
	want := []string{cloudsight + "setup --config=" + path + " --in_container=1", cloudsight + "stop", cloudsight + "--main"}
	if all = append(all, strings.Join(run, " ")); !slices.Equal(all, want) {
		t.Errorf("%q\nwant %q", all, want)
	}
}

// 10: the second start has the second key.
func TestSeed10SecondStart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "c.json")
	for _, key := range []string{"k1", "k2"} {
		if _, c := seedBoot(t, path, "THREATSTACK_DEPLOY_KEY="+key); c.Key != key {
			t.Errorf("%s: %+v", key, c)
		}
	}
}

// 11: nobody else reads the file, and the agent has no key in its environment.
func TestSeed11AtRest(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "c.json")
	environ := []string{"THREATSTACK_DEPLOY_KEY=SEKRIT", "THREATSTACK_DEPLOYMENT_KEY=SEKRIT", "A=b"}
	r, _ := seedBoot(t, path, environ...)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	e, err := r.Environment(environ, EnvOptions{})
	if err != nil || !slices.Equal(e.Env, []string{"A=b"}) {
		t.Errorf("%q, %v", e.Env, err)
	}
}

// 12: the words of the setup arguments, as they were quoted.
func TestSeed12SetupArgs(t *testing.T) {
	t.Parallel()
	r, _ := seedBoot(t, filepath.Join(t.TempDir(), "c.json"), "THREATSTACK_DEPLOY_KEY=k", `THREATSTACK_SETUP_ARGS=--hostname="my host" --url=*`)
	plan, err := r.steps(r.Profile.Setup, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if argv := plan.Commands[0].Argv; !slices.Equal(argv[len(argv)-2:], []string{"--hostname=my host", "--url=*"}) {
		t.Errorf("%q", argv)
	}
}

// 13: the variable of the README works as that of the script does.
func TestSeed13BothNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"THREATSTACK_DEPLOY_KEY", "THREATSTACK_DEPLOYMENT_KEY", "THREATSTACK_SETUP_DEPLOY_KEY"} {
		if _, c := seedBoot(t, filepath.Join(t.TempDir(), "c.json"), name+"=k"); c.Key != "k" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// 14: the config's path is the operator's choice.
func TestSeed14ConfigPath(t *testing.T) {
	t.Parallel()
	p := builtin(t, "threatstack-1")
	r := resolve(t, p, []secrets.Layer{EnvLayer(p, []string{"THREATSTACK_DEPLOY_KEY=k", "THREATSTACK_CONFIG_PATH=/threatstackfs/x.json"})})
	files, err := r.Render()
	if err != nil || files[0].Path != "/threatstackfs/x.json" {
		t.Errorf("%v, %v", files, err)
	}
}

// TestNothingPrintsASecret: what holds values prints none of them.
func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	environ := []string{"THREATSTACK_DEPLOY_KEY=SEKRIT-value"}
	p := builtin(t, "threatstack-2")
	r := resolve(t, p, []secrets.Layer{EnvLayer(p, environ)})
	files, err := r.Render()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := r.steps(r.Profile.Setup, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.Environment(environ, EnvOptions{Pass: []string{"*"}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Secrets(), []string{"SEKRIT-value"}) {
		t.Errorf("secrets %q", r.Secrets())
	}
	for _, v := range []any{r, files, files[0], &files[0], plan, plan.Commands[0], e, *e, r.Parameters(), struct{ R *Resolved }{r}, struct{ p *Resolved }{r}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, "SEKRIT") || strings.Contains(s, fmt.Sprintf("%x", "SEKRIT")) || strings.Contains(s, "83 69 75 82") {
				t.Errorf("%s of %T shows it: %s", verb, v, s)
			}
		}
	}
}
