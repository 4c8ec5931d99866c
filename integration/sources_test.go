//go:build linux

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// environmentOf boots exec with the arguments on the store and returns what the command got, as a lookup.
func environmentOf(t *testing.T, s *store, env []string, args ...string) func(name string) string {
	t.Helper()
	c := newThreatStack(t, 2, s)
	c.leaks.envMay = true
	c.boot(env, append(append([]string{"exec"}, args...), "--", "/opt/threatstack/bin/tsagent", "version")...).wantExit(0)
	calls := c.calls("tsagent", "version")
	if len(calls) != 1 {
		t.Fatalf("the command ran %d times", len(calls))
	}
	return func(name string) string {
		value, ok := variable(calls[0].Env, name)
		if !ok {
			t.Errorf("the command did not get %s", name)
		}
		return value
	}
}

// label puts a label on the newest version of a parameter.
func (s *store) label(name, label string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), aLongTime)
	defer cancel()
	_, err := s.client.LabelParameterVersion(ctx, &ssm.LabelParameterVersionInput{Name: aws.String(s.path(name)), Labels: []string{label}})
	if err != nil {
		s.t.Fatalf("label %s: %v", name, err)
	}
}

// TestVersionsAndLabels reads what a real store keeps of a parameter's past.
func TestVersionsAndLabels(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	old, current, next := randomSecret(), randomSecret(), randomSecret()
	s.secret("/app/key", old)
	s.secret("/app/key", current)
	s.label("/app/key", "current")
	s.secret("/app/key", next)

	get := environmentOf(t, s, []string{"FROM_ENV=ssm://" + s.path("/app/key:1")}, "--resolve-env",
		"--ssm-parameter", "FIRST="+s.path("/app/key:1"), "--ssm-parameter", "LABELLED="+s.path("/app/key:current"), "--ssm-parameter", "NEWEST="+s.path("/app/key"))
	for name, want := range map[string]string{"FIRST": old, "LABELLED": current, "NEWEST": next, "FROM_ENV": old} {
		if get(name) != want {
			t.Errorf("%s is another version", name)
		}
	}
}

// TestLabelBelowPath takes only what bears the label. (LocalStack looks at newest versions only, AWS at all.)
func TestLabelBelowPath(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	labelled := randomSecret()
	s.secret("/app/key", randomSecret())
	s.secret("/app/key", labelled)
	s.label("/app/key", "current")
	s.secret("/app/other", randomSecret())
	c := newThreatStack(t, 2, s)
	c.leaks.envMay = true
	c.boot(nil, "exec", "--ssm-path", s.path("/app"), "--ssm-label", "current", "--", "/opt/threatstack/bin/tsagent", "version").wantExit(0)
	env := c.calls("tsagent", "version")[0].Env
	if got, _ := variable(env, "KEY"); got != labelled {
		t.Error("KEY has another value")
	}
	if _, ok := variable(env, "OTHER"); ok {
		t.Error("OTHER has no such label")
	}
}

// TestManyParameters is more than ten pages, below several levels, read by path.
func TestManyParameters(t *testing.T) {
	t.Parallel()
	const many = 120
	s := localstackStore(t)
	want := map[string]string{}
	for i := range many {
		value := randomSecret()
		s.secret(fmt.Sprintf("/many/level-%d/key-%03d", i%7, i), value)
		want[fmt.Sprintf("LEVEL_%d_KEY_%03d", i%7, i)] = value
	}
	get := environmentOf(t, s, nil, "--ssm-path", s.path("/many"))
	for name, value := range want {
		if get(name) != value {
			t.Errorf("%s has another value", name)
		}
	}
}

// TestCustomerKey reads a parameter that is encrypted by a key of the customer's.
func TestCustomerKey(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	value := randomSecret()
	s.secrets = append(s.secrets, value)
	ctx, cancel := context.WithTimeout(t.Context(), aLongTime)
	defer cancel()
	_, err := s.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String(s.path("/cmk/key")), Value: &value, Type: types.ParameterTypeSecureString, KeyId: aws.String("alias/tsboot-it"),
	})
	if err != nil {
		t.Fatalf("put a parameter with a key: %v", err)
	}
	if environmentOf(t, s, nil, "--ssm-path", s.path("/cmk"))("KEY") != value {
		t.Error("KEY has another value")
	}
}

// TestJSONKey takes one key out of a JSON value, a number digit for digit.
func TestJSONKey(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	password := randomSecret()
	document, err := json.Marshal(map[string]any{"password": password, "port": json.Number("5432.10")})
	if err != nil {
		t.Fatal(err)
	}
	s.secret("/db/account", string(document))
	s.secrets = append(s.secrets, password)
	get := environmentOf(t, s, nil, "--ssm-parameter", "PASSWORD="+s.path("/db/account#password"), "--ssm-parameter", "PORT="+s.path("/db/account#port"))
	if get("PASSWORD") != password || get("PORT") != "5432.10" {
		t.Errorf("PORT is %q, or PASSWORD another value", get("PORT"))
	}
}

// TestFetchByNames asks a real store for just what the profile declares, whose optional names are mostly unknown.
func TestFetchByNames(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	key := randomSecret()
	s.secret("/threatstack/prod/deploy-key", key)
	s.secret("/threatstack/prod/not-declared", randomSecret())
	c := newThreatStack(t, 1, s)
	p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"), "--ssm-fetch", "names")
	c.awaitReady(p, 1)
	c.wantConfig(configFile, "deploy-key", key)
	c.stop(p)
}
