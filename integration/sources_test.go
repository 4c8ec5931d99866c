//go:build linux

package integration

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
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

// TestLabelBelowPath takes only what has the label. (LocalStack looks at newest versions only, AWS at all.)
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
