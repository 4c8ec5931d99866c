package faults

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// parameterRows: what is in the store is not what was expected, or is a lot.
func parameterRows() []row {
	return []row{
		{name: "nothing below the path", args: []string{"--ssm-path", "/app/test"}, code: 78, calls: exactly(1), other: map[string]atLeastMost{secretstest.OpSTS: exactly(1)}, says: []string{"/app/test", "us-east-1", "111122223333", "[empty-path]"}},
		{name: "nothing in this region", env: []string{"AWS_REGION=eu-central-1"}, code: 78, calls: exactly(1), other: map[string]atLeastMost{secretstest.OpSTS: exactly(1)}, says: []string{"/app/prod", "eu-central-1 from AWS_REGION", "111122223333", "[empty-path]"}},
		{name: "a path that is the parameter", args: []string{"--ssm-path", "/app/prod/key"}, code: 78, calls: exactly(1), other: map[string]atLeastMost{secretstest.OpSTS: exactly(1)}, says: []string{"/app/prod/key", "[empty-path]"}},
		{name: "no version with the label", args: []string{"--ssm-path", "/app/prod", "--ssm-label", "live"}, code: 78, calls: exactly(1), other: map[string]atLeastMost{secretstest.OpSTS: exactly(1)}, says: []string{`label "live"`, "/app/prod", "[empty-path]"}},
		{name: "two names that are one", prepare: put("/app/prod/log_level", "/app/prod/Log/LEVEL"), code: 78, calls: exactly(1), says: []string{"/app/prod/log_level", "/app/prod/Log/LEVEL", "[ambiguous-name]"}},
		{name: "no such parameter", args: []string{"--ssm-parameter", "/app/prod/nokey"}, code: 78, calls: exactly(1), says: []string{"/app/prod/nokey", "us-east-1", "[parameter-not-found]"}},
		{name: "no such version", args: []string{"--ssm-parameter", "/app/prod/key:7"}, code: 78, calls: exactly(1), says: []string{"/app/prod/key:7", "[parameter-not-found]"}},
		{name: "no such secret", args: []string{"--ssm-parameter", "key=/aws/reference/secretsmanager/db"}, code: 78, calls: exactly(1), says: []string{"/aws/reference/secretsmanager/db", "[parameter-not-found]"}},
		{name: "a key of what is no JSON", args: []string{"--ssm-parameter", "key=/app/prod/key#password"}, code: 78, calls: exactly(1), says: []string{"/app/prod/key#password", "[bad-json]"}},
		{name: "a JSON key that is not there", prepare: func(e *env) { e.store.PutSecret("db", `{"user":"`+canary+`"}`) }, args: []string{"--ssm-parameter", "key=/aws/reference/secretsmanager/db#password"}, code: 78, calls: exactly(1), says: []string{"/aws/reference/secretsmanager/db#password", "[missing-json-key]"}},
		{name: "a secret with a JSON key", prepare: func(e *env) { e.store.PutSecret("db", `{"password":"`+canary+`"}`) }, args: []string{"--ssm-parameter", "key=/aws/reference/secretsmanager/db#password"}, calls: exactly(1)},
		{name: "a variable that is no such parameter", env: []string{"KEY=ssm:///app/prod/nokey"}, args: []string{"--resolve-env"}, code: 78, calls: exactly(1), says: []string{"/app/prod/nokey", "[parameter-not-found]"}},
		{name: "a variable that is a parameter", env: []string{"KEY=ssm:///app/prod/key"}, args: []string{"--resolve-env"}, calls: exactly(1)},
		{name: "an ARN of another region", prepare: func(e *env) { e.store.Put("/far/key", canary, secretstest.Region("eu-west-1")) }, args: []string{"--ssm-parameter", "arn:aws:ssm:eu-west-1:111122223333:parameter/far/key"}, calls: exactly(1), check: regionIs("eu-west-1")},
		{name: "values of 8 KB", prepare: large, calls: exactly(2)},
		{name: "a thousand parameters", prepare: thousand, calls: exactly(100), says: []string{"fetched parameters", "count=1000", "calls=100"}},
		{name: "eleven references are two calls", args: references(11), prepare: thousand, calls: exactly(2)},
		{name: "a NUL byte", prepare: func(e *env) { e.store.Put("/app/prod/nul", canary+"\x00") }, code: 78, calls: exactly(1), says: []string{"NUL"}},
	}
}

func large(e *env) {
	for i := range 11 {
		e.store.Put(fmt.Sprintf("/app/prod/large-%d", i), strings.Repeat("\"\\\n\t\u2028é<&>", 8192/16))
	}
}

func thousand(e *env) {
	for i := range 999 {
		e.store.Put(fmt.Sprintf("/app/prod/n%03d", i), "x")
	}
}

// references asks for the key and others, so many in all.
func references(n int) []string {
	args := []string{"--ssm-parameter", "/app/prod/key"}
	for i := range n - 1 {
		args = append(args, "--ssm-parameter", fmt.Sprintf("/app/prod/n%03d", i))
	}
	return args
}

// regionIs checks which region the calls were signed for.
func regionIs(region string) func(*testing.T, *env) {
	return func(t *testing.T, e *env) {
		t.Helper()
		for _, c := range e.store.Calls() {
			if c.Region != region {
				t.Errorf("%s signed for %s, want %s", c.Op, c.Region, region)
			}
		}
	}
}
