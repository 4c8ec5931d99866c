package configgen

import (
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// store is a layer of name, value pairs.
func store(pairs ...string) []secrets.Layer {
	layer := secrets.Layer{Origin: "ssm:/app"}
	for i := 0; i < len(pairs); i += 2 {
		layer.Parameters = append(layer.Parameters, secrets.Parameter{
			Name: secrets.NormalizeName(pairs[i]), FullName: "/app/" + pairs[i], Value: secrets.NewValue(pairs[i+1]),
		})
	}
	return []secrets.Layer{layer}
}

func resolve(t *testing.T, p *profile.Profile, layers []secrets.Layer) *Resolved {
	t.Helper()
	r, err := Resolve(p, layers)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func builtin(t *testing.T, name string) *profile.Profile {
	t.Helper()
	p, ok := profile.Builtin(name)
	if !ok {
		t.Fatalf("no profile %q", name)
	}
	return p
}

var inherited = []string{
	"HOME=/root", "PATH=/bin", "no-equals", "=odd", "", "TSBOOT_SSM_PATH=/a", "TSBOOT_X=1", "AWS_REGION=eu-west-1",
	"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=t", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/f", "AWS_WEB_IDENTITY_TOKEN_FILE=/w", "THREATSTACK_DEPLOY_KEY=k",
	"THREATSTACK_DEPLOYMENT_KEY=k", "THREATSTACK_SETUP_ARGS=--x", "THREATSTACK_RULESET=r",
}

func TestAgentEnvironment(t *testing.T) {
	t.Parallel()
	r := resolve(t, builtin(t, "threatstack-1"), store("deploy-key", "k"))
	for name, c := range map[string]struct {
		options EnvOptions
		want    string
	}{
		"withheld": {EnvOptions{}, "HOME=/root PATH=/bin no-equals =odd  AWS_REGION=eu-west-1 THREATSTACK_RULESET=r"},
		"passed":   {EnvOptions{Pass: []string{"AWS_SE*", "TSBOOT_X", "THREATSTACK_SETUP_ARGS"}}, "HOME=/root PATH=/bin no-equals =odd  TSBOOT_X=1 AWS_REGION=eu-west-1 AWS_SECRET_ACCESS_KEY=s AWS_SESSION_TOKEN=t THREATSTACK_SETUP_ARGS=--x THREATSTACK_RULESET=r"},
		"all":      {EnvOptions{Pass: []string{"*"}}, strings.Join(inherited, " ")},
		"pristine": {EnvOptions{Pristine: true, Pass: []string{"PATH"}}, "PATH=/bin"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := r.Environment(inherited, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(e.Env, " "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestProfileEnvironment(t *testing.T) {
	t.Parallel()
	p, err := profile.Parse("x.yaml", []byte(`
name: x
parameters: {level: {default: a}, key: {secret: true, env: [KEY]}}
env: {set: {LEVEL: "is ${level}", KEY: "${key}", A: "$${level}"}, withhold: [MY_*], pass: [MY_OWN, AWS_ACCESS_KEY_ID]}
`))
	if err != nil {
		t.Fatal(err)
	}
	environ := []string{"LEVEL=1", "B=2", "LEVEL=3", "MY_A=1", "MY_OWN=2", "AWS_ACCESS_KEY_ID=a", "KEY=${level}"}
	e, err := resolve(t, p, []secrets.Layer{EnvLayer(p, environ)}).Environment(environ, EnvOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := "B=2 MY_OWN=2 AWS_ACCESS_KEY_ID=a LEVEL=is a KEY=${level} A=${level}"
	if got := strings.Join(e.Env, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := strings.Join(e.Withheld, " "); got != "MY_A KEY" {
		t.Errorf("withheld %s", got)
	}
}

// exec runs the environment of the profile exec.
func execEnvironment(t *testing.T, environ []string, o EnvOptions, pairs ...string) (*Environment, error) {
	t.Helper()
	return resolve(t, builtin(t, "exec"), store(pairs...)).Environment(environ, o)
}

func TestExecEnvironment(t *testing.T) {
	t.Parallel()
	environ := []string{"PATH=/bin", "HOST=here", "no-equals", "HOST=again", "EMPTY=", "TSBOOT_X=1", "AWS_ACCESS_KEY_ID=a"}
	for name, c := range map[string]struct {
		options EnvOptions
		pairs   []string
		want    string
		notes   string
	}{
		"parameters win": {EnvOptions{}, []string{"host", "db", "Log/LEVEL", " a\n", "empty", "e"},
			"PATH=/bin no-equals AWS_ACCESS_KEY_ID=a EMPTY=e HOST=db LOG_LEVEL= a\n", "replaced HOST"},
		"values are exact": {EnvOptions{}, []string{"v", "${host} $HOST `id` \\ \" ' =x"},
			"PATH=/bin HOST=here no-equals HOST=again EMPTY= AWS_ACCESS_KEY_ID=a V=${host} $HOST `id` \\ \" ' =x", ""},
		"environment preferred": {EnvOptions{Prefer: []string{"H*", "EMPTY"}}, []string{"host", "db", "empty", "e"},
			"PATH=/bin HOST=here no-equals HOST=again AWS_ACCESS_KEY_ID=a EMPTY=e", "preferred HOST"},
		"dangerous left out": {EnvOptions{}, []string{"path", "/evil", "ld-preload", "x", "Bash_Env", "x", "ifs", "x", "node-options", "x", "tsboot-profile", "x"},
			"PATH=/bin HOST=here no-equals HOST=again EMPTY= AWS_ACCESS_KEY_ID=a", "dangerous BASH_ENV IFS LD_PRELOAD NODE_OPTIONS PATH TSBOOT_PROFILE"},
		"dangerous allowed": {EnvOptions{Allow: []string{"PATH", "LD_*"}}, []string{"path", "/opt", "ld-preload", "x", "ifs", "x"},
			"HOST=here no-equals HOST=again EMPTY= AWS_ACCESS_KEY_ID=a LD_PRELOAD=x PATH=/opt", "replaced PATH dangerous IFS"},
		"pristine": {EnvOptions{Pristine: true}, []string{"host", "db"}, "HOST=db", ""},
		"pristine with some": {EnvOptions{Pristine: true, Pass: []string{"PATH"}, Prefer: []string{"HOST"}}, []string{"host", "db"},
			"PATH=/bin HOST=here", "preferred HOST"},
		"odd": {EnvOptions{}, []string{"1st", "x"}, "PATH=/bin HOST=here no-equals HOST=again EMPTY= AWS_ACCESS_KEY_ID=a 1ST=x", "odd 1ST"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := execEnvironment(t, environ, c.options, c.pairs...)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(e.Env, " "); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if got := notes(e); got != c.notes {
				t.Errorf("notes %q, want %q", got, c.notes)
			}
		})
	}
}

func notes(e *Environment) string {
	var all []string
	for _, n := range []struct {
		what  string
		names []string
	}{{"replaced", e.Replaced}, {"preferred", e.Preferred}, {"dangerous", e.Dangerous}, {"odd", e.Odd}} {
		if len(n.names) > 0 {
			all = append(all, n.what+" "+strings.Join(n.names, " "))
		}
	}
	return strings.Join(all, " ")
}

func TestExecRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ []string
		options EnvOptions
		pairs   []string
		words   []string
	}{
		"NUL":                {nil, EnvOptions{}, []string{"a", "x\x00y"}, []string{`"/app/a" holds a NUL byte`}},
		"equals in a name":   {nil, EnvOptions{}, []string{"a=b", "x"}, []string{`"/app/a=b" cannot name a variable`}},
		"strict, missing":    {[]string{"B=chamberme", "A=chamberme", "C=x"}, EnvOptions{Strict: true}, []string{"c2", "x"}, []string{"variable A is chamberme and no", "variable B is"}},
		"strict, other":      {[]string{"A=realsecret"}, EnvOptions{Strict: true}, []string{"a", "x"}, []string{"variable A with a value that is not chamberme"}},
		"strict, dangerous":  {[]string{"PATH=chamberme"}, EnvOptions{Strict: true}, []string{"path", "x"}, []string{"--allow-env"}},
		"strict on pristine": {[]string{"A=chamberme"}, EnvOptions{Strict: true, Pristine: true}, nil, []string{"variable A is"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := execEnvironment(t, c.environ, c.options, c.pairs...)
			if err == nil || err.(*Error).Kind != Invalid {
				t.Fatalf("error %v", err)
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
			if strings.Contains(err.Error(), "realsecret") {
				t.Errorf("%q shows a value", err)
			}
		})
	}
}

func TestExecStrict(t *testing.T) {
	t.Parallel()
	environ := []string{"A=chamberme", "B=own", "C=x"}
	pairs := []string{"a", "1", "b", "2", "other", "3"}
	e, err := execEnvironment(t, environ, EnvOptions{Strict: true, Prefer: []string{"B"}}, pairs...)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(e.Env, " "); got != "B=own C=x A=1" {
		t.Errorf("got %s", got)
	}
	e, err = execEnvironment(t, environ[:1], EnvOptions{Strict: true, Pristine: true}, pairs...)
	if err != nil || strings.Join(e.Env, " ") != "A=1" {
		t.Errorf("got %q, %v", e.Env, err)
	}
}

func TestGlobs(t *testing.T) {
	t.Parallel()
	for glob, ok := range map[string]bool{"A": true, "A*": true, "*": true, "": false, "*A": false, "A**": false, "A=": false} {
		if err := profile.CheckGlob(glob); (err == nil) != ok {
			t.Errorf("%q: %v", glob, err)
		}
	}
	if !profile.MatchAny([]string{"X", "AB*"}, "AB") || profile.MatchAny([]string{"AB*"}, "A") || !profile.MatchAny([]string{"*"}, "") {
		t.Error("matchAny")
	}
	if !slices.ContainsFunc([]string{"LD_PRELOAD", "BASH_FUNC_x%%"}, dangerous) || dangerous("HOME") {
		t.Error("dangerous")
	}
}
