package ssm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// The request is what IAM, quotas and the audit trail see.
func TestRequestByPath(t *testing.T) {
	t.Parallel()
	s := store(t)
	for i := range 25 {
		s.Put(fmt.Sprintf("/app/prod/sub/p%02d", i), "v")
	}
	s.Put("/app/production/other", canary)
	s.Put("/app/prod", canary)
	result, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app/prod//"}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(result.Layers[0].Parameters); n != 25 || result.Calls != 3 {
		t.Errorf("%d parameters in %d calls, want 25 in 3", n, result.Calls)
	}
	check(t, "a sibling's layer", flat(result.Layers))
	for i, c := range s.Calls() {
		var in map[string]any
		if err := json.Unmarshal(c.Body, &in); err != nil {
			t.Fatal(err)
		}
		if in["Path"] != "/app/prod" || in["Recursive"] != true || in["WithDecryption"] != true || in["MaxResults"] != 10.0 {
			t.Errorf("call %d asks %s", i, c.Body)
		}
		if !c.Signed || c.ContentType != "application/x-amz-json-1.1" || !strings.Contains(c.UserAgent, "tsboot/1.2.3") {
			t.Errorf("call %d: signed %v, %s, %s", i, c.Signed, c.ContentType, c.UserAgent)
		}
	}
}

func TestExactlyAsManyCallsAsPages(t *testing.T) {
	t.Parallel()
	for n, calls := range map[int]int{1: 1, 9: 1, 10: 1, 11: 2, 20: 2, 21: 3, 1000: 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			s := store(t)
			for i := range n {
				s.Put(fmt.Sprintf("/app/prod/p%04d", i), fmt.Sprint(i))
			}
			result, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app/prod"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(result.Layers[0].Parameters); got != n || len(s.Calls()) != calls {
				t.Errorf("%d parameters in %d calls, want %d in %d", got, len(s.Calls()), n, calls)
			}
		})
	}
}

func TestValuesAreExactBytes(t *testing.T) {
	t.Parallel()
	s := store(t)
	values := []string{
		"plain", " spaces \t", "line\nline\r\n", "trailing\n", `quote " ' \ $HOME $(id) ` + "`id`", "<>&", "日本語 🎉", "null", "1e6", "a\x00b", "\u2028", "\ufffd", "\x7f",
		strings.Repeat("x", 8192), strings.Repeat("ü", 4096), "{\"a\": 1.50}", "",
	}
	for i, v := range values {
		s.Put(fmt.Sprintf("/v/p%02d", i), v)
	}
	result, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/v"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range result.Layers[0].Parameters {
		if p.Value.Reveal() != values[i] {
			t.Errorf("%q came back as %q", values[i], p.Value.Reveal())
		}
		if !p.Value.IsSet() {
			t.Errorf("%q counts as unset", values[i])
		}
	}
}

func TestProvenance(t *testing.T) {
	t.Parallel()
	s := store(t)
	at := time.Date(2026, 7, 8, 9, 10, 11, 0, time.UTC)
	s.Put("/app/prod/Log/LEVEL", "debug", secretstest.Type(secretstest.TypeString))
	s.Put("/app/prod/Log/LEVEL", "info", secretstest.Type(secretstest.TypeString), secretstest.Modified(at))
	result, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app/prod"}})
	if err != nil {
		t.Fatal(err)
	}
	p := result.Layers[0].Parameters[0]
	p.Value = secrets.Value{}
	wanted := secrets.Parameter{
		Name: "log-level", FullName: "/app/prod/Log/LEVEL", Type: "String", Version: 2, LastModified: at,
		ARN: "arn:aws:ssm:us-east-1:111122223333:parameter/app/prod/Log/LEVEL", Origin: "ssm:/app/prod",
	}
	if p.LastModified = p.LastModified.UTC(); p != wanted {
		t.Errorf("got  %+v\nwant %+v", p, wanted)
	}
}

func TestLayersInOrder(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/common/a", "1")
	s.Put("/common/b", "1")
	s.Put("/app/b", "2")
	s.Put("/other/secret", "3")
	r := Request{Paths: []string{"/common", "/app"}, Refs: refs(t, "x=/other/secret")}
	result, err := fetchRequest(t.Context(), options(s), r)
	if err != nil {
		t.Fatal(err)
	}
	const wanted = "ssm:/common: a=1 b=1\nssm:/app: b=2\nssm-parameter: x=3\n"
	if got := flat(result.Layers); got != wanted {
		t.Errorf("got\n%swant\n%s", got, wanted)
	}
}

func TestAmbiguousNames(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/log_level", canary)
	s.Put("/app/log/level", canary)
	_, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app"}})
	want(t, err, secrets.CodeAmbiguousName, secrets.Invalid, "/app/log/level", "/app/log_level", `"log-level"`)
	check(t, "the error", err.Error())
}

func TestLabel(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/a", "old", secretstest.Label("stable"))
	s.Put("/app/a", "new")
	s.Put("/app/b", "unlabelled")
	result, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app"}, Label: "stable"})
	if err != nil {
		t.Fatal(err)
	}
	if got := flat(result.Layers); got != "ssm:/app: a=old\n" {
		t.Errorf("got %s", got)
	}
	_, err = fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app"}, Label: "nightly"})
	want(t, err, CodeEmptyPath, secrets.Invalid, `"nightly"`)
}

// A path that is itself a parameter points to the flag for it, without a call
// more: a fleet may be waiting.
func TestPathIsAParameter(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/key", canary)
	_, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app/key"}})
	want(t, err, CodeEmptyPath, secrets.Invalid, "write --ssm-parameter /app/key")
	if n := len(s.Calls("GetParametersByPath", "GetParameters", "GetParameter")); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestByName(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/prod/key", "k")
	s.Put("/app/prod/n11", "v")
	s.Put("/app/prod/never-asked", canary)
	names := []string{"key"}
	for i := range 20 {
		names = append(names, fmt.Sprintf("n%02d", i))
	}
	result, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app/prod"}, ByName: true, Names: names})
	if err != nil {
		t.Fatal(err)
	}
	if got := flat(result.Layers); got != "ssm:/app/prod: key=k n11=v\n" {
		t.Errorf("got %s", got)
	}
	if n := len(s.Calls("GetParameters")); n != 3 || len(s.Calls()) != 3 || result.Calls != 3 {
		t.Errorf("%d calls of GetParameters, %d in all; want ceil(21/10)", n, len(s.Calls()))
	}
	_, err = fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app/none"}, ByName: true, Names: names})
	want(t, err, CodeEmptyPath, secrets.Invalid, "/app/none")
	s.Script(secretstest.Fault{Kind: secretstest.AccessDenied})
	_, err = fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app/prod"}, ByName: true, Names: names})
	want(t, err, CodeAccessDenied, secrets.Denied, "allow ssm:GetParameters on arn:aws:ssm:us-east-1:111122223333:parameter/app/prod/key ")
}

func refs(t *testing.T, list ...string) []Ref {
	t.Helper()
	var out []Ref
	for _, s := range list {
		r, err := ParseRef(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func TestRefs(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/key", "one", secretstest.Label("stable"))
	s.Put("/app/key", "two")
	s.Put("plain", "p")
	s.Put("/eu/key", "europe", secretstest.Region("eu-west-1"))
	s.PutSecret("db", `{"user": "u", "port": 123456789012345678901234567890, "on": true}`)
	s.PutSecret("team/rds!x", "raw")
	result, err := fetchRequest(t.Context(), options(s), Request{Refs: refs(t,
		"/app/key", "old=/app/key:1", "stable=/app/key:stable", "plain",
		"shared=arn:aws:ssm:us-east-1:444455556666:parameter/app/key", "sharedold=arn:aws:ssm:us-east-1:444455556666:parameter/app/key:1",
		"far=arn:aws:ssm:eu-west-1:111122223333:parameter/eu/key",
		"/aws/reference/secretsmanager/db#user", "/aws/reference/secretsmanager/db#port", "enabled=/aws/reference/secretsmanager/db#on",
		"whole=/aws/reference/secretsmanager/team/rds!x",
	)})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range result.Layers[0].Parameters {
		got[p.Name] = p.Value.Reveal()
	}
	for name, value := range map[string]string{
		"key": "two", "old": "one", "stable": "one", "plain": "p", "shared": "two", "sharedold": "one", "far": "europe",
		"user": "u", "port": "123456789012345678901234567890", "enabled": "true", "whole": "raw",
	} {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	regions := map[string]int{}
	for _, c := range s.Calls() {
		regions[c.Region]++
	}
	if regions["eu-west-1"] != 1 || regions["us-east-1"] != 5 {
		t.Errorf("calls by region %v, want one in eu-west-1 and five in us-east-1 (one for each form in which the one parameter is asked for)", regions)
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/key", "v")
	s.PutSecret("db", `{"user": "u"}`)
	var variables []Ref
	for _, entry := range []string{"DB_USER=ssm:///aws/reference/secretsmanager/db#user", "A=ssm:///app/key", "B=ssm:///app/key"} {
		name, value, _ := strings.Cut(entry, "=")
		r, isRef, err := ParseEnvRef(value)
		if err != nil || !isRef {
			t.Fatal(entry, err)
		}
		r.Name = name
		variables = append(variables, r)
	}
	result, err := fetchRequest(t.Context(), options(s), Request{Refs: refs(t, "/app/key"), Variables: variables})
	if err != nil {
		t.Fatal(err)
	}
	if got := flat(append(result.Layers, secrets.Layer{Parameters: result.Variables})); got != "ssm-parameter: key=v\n: DB_USER=u A=v B=v\n" || result.Calls != 1 {
		t.Errorf("%d calls, got %s", result.Calls, got)
	}
}

func TestMissingRefsAreAllNamed(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/key", "v")
	s.PutSecret("db", `{"user": null}`)
	_, err := fetchRequest(t.Context(), options(s), Request{Refs: refs(t, "/app/key", "/app/none", "nine=/app/key:9", "label=/app/key:blue", "/aws/reference/secretsmanager/gone#x")})
	want(t, err, CodeNotFound, secrets.Invalid, "/app/none", "/app/key:9", "/app/key:blue", "/aws/reference/secretsmanager/gone#x", "us-east-1")
	_, err = fetchRequest(t.Context(), options(s), Request{Refs: refs(t, "/aws/reference/secretsmanager/db#User")})
	want(t, err, secrets.CodeMissingJSONKey, secrets.Invalid, "db#User")
	_, err = fetchRequest(t.Context(), options(s), Request{Refs: refs(t, "/aws/reference/secretsmanager/db#user")})
	want(t, err, secrets.CodeMissingJSONKey, secrets.Invalid, "null")
	_, err = fetchRequest(t.Context(), options(s), Request{Refs: refs(t, "/app/key#user")})
	want(t, err, secrets.CodeBadJSON, secrets.Invalid, "/app/key#user")
}

func TestSecretsManagerRefusal(t *testing.T) {
	t.Parallel()
	s := store(t)
	const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"
	s.Script(secretstest.Fault{Kind: secretstest.Custom, Code: "AccessDeniedException", Message: "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: secretsmanager:GetSecretValue on resource: " + arn + " because no identity-based policy allows it"})
	_, err := fetchRequest(t.Context(), options(s), Request{Refs: refs(t, "/aws/reference/secretsmanager/db")})
	want(t, err, CodeAccessDenied, secrets.Denied, "allow secretsmanager:GetSecretValue on "+arn+" ")
}

// What the server asks for is waited, in either header's unit.
func TestHints(t *testing.T) {
	t.Parallel()
	for _, f := range []secretstest.Fault{
		{Kind: secretstest.Throttle, AmzRetry: "150"},
		{Kind: secretstest.HTML, RetryAfter: "1"},
		{Kind: secretstest.HTML, RetryAfter: "soon"},
	} {
		t.Run(f.AmzRetry+f.RetryAfter, func(t *testing.T) {
			t.Parallel()
			s := store(t)
			s.Put("/app/key", "v")
			s.Script(f)
			if _, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app"}}); err != nil {
				t.Fatal(err)
			}
			calls := s.Calls()
			waited := calls[1].Time.Sub(calls[0].Time)
			if least := map[string]time.Duration{"150": 150 * time.Millisecond, "1": time.Second}[f.AmzRetry+f.RetryAfter]; waited < least {
				t.Errorf("waited %v, the server asked for %v", waited, least)
			}
		})
	}
}

func TestSplay(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/key", "v")
	o := options(s)
	o.Splay = 20 * time.Millisecond
	if _, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app"}}); err != nil {
		t.Fatal(err)
	}
	o.Splay = o.Timeout
	_, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app"}})
	want(t, err, CodeBadRequest, secrets.Usage, "--fetch-timeout")
}

func TestNothingToFetch(t *testing.T) {
	t.Parallel()
	result, err := fetchRequest(t.Context(), Options{Environ: []string{}}, Request{})
	if err != nil || len(result.Layers) != 0 || result.Region != "" || result.Identity != nil {
		t.Errorf("%+v, %v: want nothing, and nothing asked", result, err)
	}
}

// Versions and labels of one parameter, by name and by ARN, of this account and
// of another, each give their own value, however many are asked for at once.
func TestManyVersionsOfOneParameter(t *testing.T) {
	t.Parallel()
	s := store(t)
	const versions = 25
	var given []string
	wanted := "ssm-parameter:"
	for i := 1; i <= versions; i++ {
		value := fmt.Sprintf("v%d", i)
		s.Put("/other/db", value, secretstest.Label(fmt.Sprintf("label-%d", i)))
		s.Put("single", value)
		for form, ref := range []string{
			fmt.Sprintf("/other/db:%d", i),
			fmt.Sprintf("/other/db:label-%d", i),
			fmt.Sprintf("arn:aws:ssm:us-east-1:111122223333:parameter/other/db:%d", i),
			fmt.Sprintf("arn:aws:ssm:us-east-1:444455556666:parameter/other/db:label-%d", i),
			fmt.Sprintf("single:%d", i),
			fmt.Sprintf("arn:aws:ssm:us-east-1:111122223333:parameter/single:%d", i),
		} {
			name := fmt.Sprintf("n%d-%d", form, i)
			given = append(given, name+"="+ref)
			wanted += " " + name + "=" + value
		}
	}
	given = append(given, "again=/other/db:7", "newest=/other/db", "arn=arn:aws:ssm:us-east-1:111122223333:parameter/other/db")
	wanted += " again=v7 newest=v25 arn=v25\n"
	result, err := fetchRequest(t.Context(), options(s), Request{Refs: refs(t, given...)})
	if err != nil {
		t.Fatal(err)
	}
	if got := flat(result.Layers); sorted(got) != sorted(wanted) {
		t.Errorf("got\n%s\nwant\n%s", got, wanted)
	}
}

func sorted(line string) string {
	words := strings.Fields(line)
	slices.Sort(words)
	return strings.Join(words, " ")
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		r     Request
		code  string
		words []string
	}{
		{Request{Paths: []string{"app/prod"}}, CodeBadPath, []string{"leading slash", "write /app/prod"}},
		{Request{Paths: []string{""}}, CodeBadPath, nil},
		{Request{Paths: []string{"/app prod"}}, CodeBadPath, nil},
		{Request{Paths: []string{"/app//prod"}}, CodeBadPath, nil},
		{Request{Paths: []string{"/" + strings.Repeat("a/", 16)}}, CodeBadPath, []string{"15 levels"}},
		{Request{Label: "9lives"}, CodeBadRequest, nil},
		{Request{Label: "aws-x"}, CodeBadRequest, nil},
		{Request{Label: "x", ByName: true}, CodeBadRequest, nil},
		{Request{Paths: []string{"/a"}, ByName: true}, CodeBadRequest, []string{"--ssm-fetch"}},
		{Request{Refs: refs(t, "/a/key", "/b/key")}, CodeBadReference, []string{"/a/key", "/b/key", "NAME=REF"}},
	} {
		want(t, test.r.Validate(), test.code, secrets.Usage, test.words...)
	}
	for _, path := range []string{"/", "/a", "/a/", "/a/b_c.d-e", "/aws/service/ami-amazon-linux-latest"} {
		if err := (Request{Paths: []string{path}}).Validate(); err != nil {
			t.Error(err)
		}
	}
}

// A parameter that is written while its path is read comes twice, and is one all the same.
func TestTheNewerOfTwoVersionsIsTaken(t *testing.T) {
	got := newest([]types.Parameter{
		{Name: aws.String("/a/x"), Version: 1, Value: aws.String("old")},
		{Name: aws.String("/a/y"), Version: 9, Value: aws.String("y")},
		{Name: aws.String("/a/x"), Version: 2, Value: aws.String("new")},
		{Name: aws.String("/a/y"), Version: 8, Value: aws.String("older")},
	})
	if len(got) != 2 || *got[0].Value != "new" || *got[1].Value != "y" {
		t.Errorf("got %d parameters", len(got))
	}
}
