package ssm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// TestLookAtHidesNoFault: one path is denied, one is empty, one is ambiguous, a
// reference and a directory are missing, and what is right is read all the same.
func TestLookAtHidesNoFault(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/prod/key", canary)
	s.Put("/twice/a-b", canary)
	s.Put("/twice/a_b", canary)
	s.Put("/db/password", canary)
	s.Script(secretstest.Fault{Kind: secretstest.AccessDenied, Match: "/denied", Times: forever})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := refs(t, "/db/password")
	variables[0].Name = "DB_PASSWORD"
	survey := lookAt(t, options(s), Request{
		Paths: []string{"/denied/", "/empty", "/app/prod", "/twice"}, Refs: refs(t, "/db/none", "/db/password"), Variables: variables,
		Dirs: []string{dir, "/no/such"},
	})
	got := ""
	for _, source := range survey.Sources {
		code := "fine"
		var e *secrets.Error
		if errors.As(source.Err, &e) {
			code = e.Code
		}
		got += fmt.Sprintf("%s %s: %s %d\n", source.Kind(), strings.TrimPrefix(source.Name(), dir), code, len(source.Parameters))
	}
	want := `path /denied: ssm-access-denied 0
path /empty: empty-path 0
path /app/prod: fine 1
path /twice: ambiguous-name 0
reference /db/none: parameter-not-found 0
reference /db/password: fine 1
variable DB_PASSWORD: fine 1
directory : fine 1
directory /no/such: bad-secrets-dir 0
`
	if got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	layers, err := survey.Layers()
	if text := flat(layers); err != nil || !strings.HasPrefix(text, "ssm:/app/prod: key=") || !strings.Contains(text, "ssm-parameter: password=") || len(layers) != 3 {
		t.Errorf("layers %v, %v", text, err)
	}
	if len(survey.Variables()) != 1 || survey.Err != nil || survey.Region != "us-east-1" || survey.RegionSource != "--region" {
		t.Errorf("%+v", survey)
	}
	check(t, "the survey", fmt.Sprintf("%+v", survey))
}

// TestLookAtTellsKeys: KMS names no key; the parameters below the path and their keys do.
func TestLookAtTellsKeys(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/prod/own", canary, secretstest.Key("alias/app"))
	s.Put("/app/prod/plain", canary, secretstest.Type(secretstest.TypeString))
	s.Put("/app/prod/theirs", canary)
	s.Put("/other/x", canary)
	s.Script(secretstest.Fault{Kind: secretstest.KMSAccessDenied, Match: `"WithDecryption":true`, Times: forever})
	look := func() []Sealed {
		return lookAt(t, options(s), Request{Paths: []string{"/app/prod"}}).Sources[0].Sealed
	}
	const arn = "arn:aws:ssm:us-east-1:111122223333:parameter"
	want := []Sealed{{"/app/prod/own", arn + "/app/prod/own", "alias/app"}, {"/app/prod/theirs", arn + "/app/prod/theirs", "alias/aws/ssm"}}
	if got := look(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v", got)
	}
	s.Script(secretstest.Fault{Kind: secretstest.AccessDenied, Op: "DescribeParameters", Times: forever})
	if got := look(); len(got) != 2 || got[0].KeyID != "" {
		t.Errorf("where keys may not be listed: %+v", got)
	}
}

// TestLookAtWithoutCredentials: then AWS is not asked, and directories are read.
func TestLookAtWithoutCredentials(t *testing.T) {
	t.Parallel()
	s := store(t)
	o := options(s)
	o.Region, o.Timeout = "not a region", time.Second
	survey := lookAt(t, o, Request{Paths: []string{"/app"}, Dirs: []string{t.TempDir()}})
	want(t, survey.Err, CodeBadRegion, secrets.Usage)
	if survey.Sources[0].Asked || survey.Sources[0].Err != nil || !survey.Sources[1].Asked || len(s.Calls()) > 0 {
		t.Errorf("%+v", survey.Sources)
	}
}

// TestLookAtCountsRetries: a person is told that it took more than one try.
func TestLookAtCountsRetries(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/x", canary)
	s.Script(secretstest.Fault{Kind: secretstest.Throttle, Times: 2})
	survey := lookAt(t, options(s), Request{Paths: []string{"/app"}})
	if source := survey.Sources[0]; source.Err != nil || source.Retries != 2 {
		t.Errorf("%+v", source)
	}
}

// TestLocate: the identity, or why it is not known.
func TestLocate(t *testing.T) {
	t.Parallel()
	s := store(t)
	o := options(s)
	v := Locate(t.Context(), o)
	if v.Err != nil || v.Unnamed != "" || v.Identity.Account != "111122223333" || !strings.Contains(v.Identity.ARN, "assumed-role/task") {
		t.Errorf("%+v %+v", v, v.Identity)
	}
	o.Environ = []string{"AWS_ENDPOINT_URL_SSM=" + s.URL()}
	if v := Locate(t.Context(), o); v.Unnamed == "" || v.Identity.ARN != "" {
		t.Errorf("%+v %+v", v, v.Identity)
	}
	o = options(s)
	s.Script(secretstest.Fault{Kind: secretstest.HTML, Op: secretstest.OpSTS, Times: forever})
	if v := Locate(t.Context(), o); v.Err != nil || v.Unnamed == "" {
		t.Errorf("%+v", v)
	}
	if len(s.Calls("GetParametersByPath", "GetParameters")) > 0 {
		t.Error("a parameter was read")
	}
}
