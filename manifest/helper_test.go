package manifest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/manifest"
)

// deployment are options with the defaults of the flags. It reads /NAME/prod.
func deployment(name string) manifest.Options {
	path := "/" + name + "/prod"
	o := manifest.Options{
		Boot: &boot.Options{
			Profile: name, RunDir: "/run/tsboot",
			Sources: boot.Sources{Paths: []string{path}, Fetch: boot.FetchByPath, Timeout: 5 * time.Minute},
			Restart: boot.Restart{BackoffMax: time.Second},
			Stop:    boot.Stop{Grace: 25 * time.Second, Scope: "group"},
			Given:   boot.Given{"profile": "--profile", "ssm-path": "--ssm-path"},
		},
		Words: []string{"--ssm-path", path},
	}
	if p, ok := profile.Builtin(name); ok && len(p.Run.Argv) == 0 {
		o.Boot.Command = []string{"/bin/server", "--port", "80"}
	}
	return o
}

func make1(t *testing.T, kind string, o manifest.Options) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Make(kind, o)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return m
}

// ecsDocument is what the kinds of ECS print.
type ecsDocument struct {
	TaskDefinition          json.RawMessage
	TaskRole, ExecutionRole role
}

type role struct {
	RoleName                 string
	AssumeRolePolicyDocument policy
	PolicyDocument           *policy
	ManagedPolicyArns        []string
}

type policy struct {
	Version   string
	Statement []struct {
		Sid, Effect string
		Principal   map[string]string
		Action      words
		Resource    words
		Condition   map[string]map[string]words
	}
}

// words is a string or a list of them.
type words []string

func (w *words) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(w))
}

// everyProfile are the built-in ones.
func everyProfile(t *testing.T, test func(t *testing.T, name string)) {
	for _, name := range profile.BuiltinNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, name)
		})
	}
}
