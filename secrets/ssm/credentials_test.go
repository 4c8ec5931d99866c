package ssm

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// A testEnv is an environment of the process: these tests go all the way
// through the SDK's own chain, which reads nothing else. They cannot run side
// by side.
type testEnv map[string]string

func (w testEnv) set(t *testing.T) {
	t.Helper()
	for name, value := range w {
		t.Setenv(name, value)
	}
}

// inContainer is a task with a role: credentials from the endpoint.
func inContainer(s *secretstest.Server) testEnv {
	return testEnv{
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": s.CredentialsURL(),
		"AWS_ENDPOINT_URL_SSM":               s.URL(),
		"AWS_ENDPOINT_URL_STS":               s.URL(),
		"AWS_REGION":                         secretstest.DefaultRegion,
	}
}

func fetchOptions(timeout time.Duration) Options {
	return Options{Timeout: timeout, policy: fast()}
}

func TestCredentialsEndpoint(t *testing.T) {
	creds := func(f secretstest.Fault) []secretstest.Fault {
		f.Op = secretstest.OpCredentials
		return []secretstest.Fault{f}
	}
	for _, test := range []struct {
		name   string
		faults []secretstest.Fault
		hasty  bool // with short attempts
		calls  int  // of the endpoint; 0: several
		code   string
		kind   secrets.Kind
		words  []string
	}{
		{name: "well", calls: 1},
		{name: "404 in the first seconds", faults: creds(secretstest.Fault{Kind: secretstest.HTML, Status: 404, Times: 5}), calls: 6},
		{name: "404 for ever", faults: creds(secretstest.Fault{Kind: secretstest.HTML, Status: 404, Times: forever}), code: CodeCredentialsEndpoint, kind: secrets.Unavailable, words: []string{"HTTP 404", "the credentials endpoint http://127.0.0.1", "get AWS credentials"}},
		{name: "500", faults: creds(secretstest.Fault{Kind: secretstest.ServerError, Times: 3}), calls: 4},
		{name: "500 for ever", faults: creds(secretstest.Fault{Kind: secretstest.ServerError, Times: forever}), code: CodeCredentialsEndpoint, kind: secrets.Unavailable, words: []string{"HTTP 500"}},
		{name: "429", faults: creds(secretstest.Fault{Kind: secretstest.TooMany, Times: 3}), calls: 4},
		{name: "hangs once", hasty: true, faults: creds(secretstest.Fault{Kind: secretstest.Hang}), calls: 2},
		{name: "hangs for ever", hasty: true, faults: creds(secretstest.Fault{Kind: secretstest.Hang, Times: forever}), code: CodeCredentialsEndpoint, kind: secrets.Unavailable, words: []string{"no answer in time"}},
		{name: "hangs in the body", hasty: true, faults: creds(secretstest.Fault{Kind: secretstest.HangBody}), calls: 2},
		{name: "slow", faults: creds(secretstest.Fault{Kind: secretstest.Slow, Delay: secretstest.Duration(50 * time.Millisecond)}), calls: 1},
		{name: "slower than the first limit", hasty: true, faults: creds(secretstest.Fault{Kind: secretstest.Slow, Delay: secretstest.Duration(400 * time.Millisecond), Times: forever})},
		{name: "closed", faults: creds(secretstest.Fault{Kind: secretstest.Close, Times: 3}), calls: 4},
		{name: "reset", faults: creds(secretstest.Fault{Kind: secretstest.Reset, Times: 3}), calls: 4},
		{name: "not JSON", faults: creds(secretstest.Fault{Kind: secretstest.NotJSON, Times: 2}), calls: 3},
		{name: "without keys", faults: creds(secretstest.Fault{Kind: secretstest.Raw, Body: "{}", Times: 2}), calls: 3},
		{name: "refused", faults: creds(secretstest.Fault{Kind: secretstest.Raw, Status: 403, Body: `{"code":"AccessDenied","message":"no"}`, Times: forever}), calls: 1, code: CodeCredentialsRefused, kind: secrets.Denied, words: []string{"HTTP 403"}},
		{name: "wrong token", faults: creds(secretstest.Fault{Kind: secretstest.HTML, Status: 400, Times: forever}), calls: 1, code: CodeCredentialsRefused, kind: secrets.Denied},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := store(t)
			s.Put("/app/prod/key", canary)
			s.Script(test.faults...)
			inContainer(s).set(t)
			timeout := 30 * time.Second
			if test.kind == secrets.Unavailable {
				timeout = soon
			}
			o := fetchOptions(timeout)
			if test.hasty {
				o.policy = hasty()
			}
			result, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app/prod"}})
			if calls := len(s.Calls(secretstest.OpCredentials)); test.calls != 0 && calls != test.calls || test.calls == 0 && calls < 2 {
				t.Errorf("%d calls of the endpoint, want %d", calls, test.calls)
			}
			if test.code != "" {
				want(t, err, test.code, test.kind, test.words...)
				if n := len(s.Calls("GetParametersByPath")); n != 0 {
					t.Errorf("%d calls without credentials", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if id := result.Identity; id.Provider != providerEndpoint || id.Account != secretstest.DefaultAccount {
				t.Errorf("identity %+v", id)
			}
		})
	}
}

func TestCredentialsEndpointRefusesConnections(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String() + "/v2/credentials/the-key-to-the-credentials"
	listener.Close()
	s := store(t)
	w := inContainer(s)
	w["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url
	w.set(t)
	_, err = fetchRequest(t.Context(), fetchOptions(soon), Request{Paths: []string{"/app/prod"}})
	want(t, err, CodeCredentialsEndpoint, secrets.Unavailable, "connection refused")
	if strings.Contains(err.Error(), "the-key-to") {
		t.Errorf("the path that gives credentials away is in the message: %v", err)
	}
}

// A proxy must see neither credentials nor task metadata. (net/http reads the
// proxy's variables but once in a process, so that this looks at the clients.)
func TestLocalEndpointsAvoidTheProxy(t *testing.T) {
	t.Parallel()
	if newLocalClient(*fast()).transport.Proxy != nil {
		t.Error("the client for endpoints on this host has a proxy")
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	direct(transport)
	if transport.Proxy != nil {
		t.Error("direct leaves the proxy in place")
	}
}

// Credentials that stop being good half-way are renewed, and the page that
// failed is asked for again.
func TestCredentialsExpireHalfWay(t *testing.T) {
	s := store(t)
	for _, name := range strings.Fields("a b c d e f g h i j k l") {
		s.Put("/app/prod/"+name, "v")
	}
	s.Script(secretstest.Fault{Kind: secretstest.ExpiredToken, After: 1})
	inContainer(s).set(t)
	result, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(result.Layers[0].Parameters); n != 12 || result.Calls != 3 {
		t.Errorf("%d parameters in %d calls, want 12 in 3", n, result.Calls)
	}
	calls := s.Calls("GetParametersByPath")
	if calls[0].AccessKeyID != calls[1].AccessKeyID || calls[1].AccessKeyID == calls[2].AccessKeyID {
		t.Errorf("keys %s, %s, %s: want a new one for the third call", calls[0].AccessKeyID, calls[1].AccessKeyID, calls[2].AccessKeyID)
	}
}

func TestCredentialsStayExpired(t *testing.T) {
	s := store(t)
	s.Script(secretstest.Fault{Kind: secretstest.ExpiredToken, Times: forever})
	inContainer(s).set(t)
	_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
	want(t, err, CodeExpiredToken, secrets.Denied)
	if n := len(s.Calls("GetParametersByPath")); n != 3 {
		t.Errorf("%d calls, want one and two with new credentials", n)
	}
}

func TestNoCredentials(t *testing.T) {
	for _, test := range []struct {
		name  string
		where testEnv
		words []string
	}{
		{"nothing at all", nil, []string{"AWS_EC2_METADATA_DISABLED", "taskRoleArn", "AWS_ACCESS_KEY_ID"}},
		{"half a key", testEnv{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, []string{"set AWS_SECRET_ACCESS_KEY too"}},
		{"an empty key", testEnv{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, []string{"AWS_ACCESS_KEY_ID is set but empty", "hop limit"}},
		{"a file that is not there", testEnv{"AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials"}, []string{"AWS_SHARED_CREDENTIALS_FILE: /nonexistent/credentials"}},
		{"a task without a role", testEnv{"ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:1/v4/x"}, []string{"ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("AWS_REGION", "us-east-1")
			test.where.set(t)
			_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
			want(t, err, CodeNoCredentials, secrets.Denied, test.words...)
		})
	}
}

func TestTokenFileThatIsNotThere(t *testing.T) {
	s := store(t)
	inContainer(s).set(t)
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nonexistent/token")
	_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
	want(t, err, CodeCredentialsRefused, secrets.Denied, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nonexistent/token")
}

func TestInstanceRole(t *testing.T) {
	s := store(t)
	s.Put("/app/prod/key", "v")
	testEnv{
		"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": s.URL(),
		"AWS_ENDPOINT_URL_SSM": s.URL(), "AWS_ENDPOINT_URL_STS": s.URL(), "ECS_CONTAINER_METADATA_URI_V4": s.TaskURL(),
	}.set(t)
	_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
	want(t, err, CodeNoCredentials, secrets.Denied, "the instance has no role", "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST")
	s.SetInstanceRole("node")
	s.Script(secretstest.Fault{Op: secretstest.OpIMDS, Kind: secretstest.ServerError, After: 1, Times: 2})
	var log logged
	o := fetchOptions(30 * time.Second)
	o.Logger = log.logger()
	result, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app/prod"}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Identity.Provider != providerInstance || result.RegionSource != "the task's ARN" {
		t.Errorf("%+v, region from %s", result.Identity, result.RegionSource)
	}
	if !strings.Contains(log.String(), "[WARN]  using the instance role") {
		t.Errorf("the fall-through is not told: %s", log.String())
	}
}

func TestRegion(t *testing.T) {
	s := store(t)
	s.Put("/app/prod/key", "v")
	base := testEnv{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL_SSM": s.URL(), "AWS_ENDPOINT_URL_STS": s.URL()}
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[default]\nregion = us-east-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, flag string
		where      testEnv
		source     string
		code       string
		words      []string
	}{
		{name: "flag first", flag: "us-east-1", where: testEnv{"AWS_REGION": "eu-west-1"}, source: "--region"},
		{name: "AWS_REGION", where: testEnv{"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "eu-west-1"}, source: "AWS_REGION"},
		{name: "AWS_DEFAULT_REGION", where: testEnv{"AWS_DEFAULT_REGION": "us-east-1", "ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:1"}, source: "AWS_DEFAULT_REGION"},
		{name: "shared config", where: testEnv{"AWS_CONFIG_FILE": file}, source: "the shared config file"},
		{name: "task", where: testEnv{"ECS_CONTAINER_METADATA_URI_V4": s.TaskURL()}, source: "the task's ARN"},
		{name: "instance", where: testEnv{"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": s.URL()}, source: "the instance"},
		{name: "none", code: CodeNoRegion, words: []string{"AWS_REGION"}},
		{name: "zone", flag: "us-east-1a", code: CodeBadRegion, words: []string{"--region"}},
		{name: "white space", where: testEnv{"AWS_REGION": "us-east-1 "}, code: CodeBadRegion, words: []string{`"us-east-1 "`, "AWS_REGION"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			base.set(t)
			test.where.set(t)
			s.SetInstanceRole("node")
			o := fetchOptions(30 * time.Second)
			o.Region = test.flag
			result, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app/prod"}})
			if test.code != "" {
				want(t, err, test.code, secrets.Usage, test.words...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if result.Region != "us-east-1" || result.RegionSource != test.source {
				t.Errorf("%s from %s, want it from %s", result.Region, result.RegionSource, test.source)
			}
		})
	}
}

func TestTaskMetadataFaults(t *testing.T) {
	for _, test := range []struct {
		name   string
		fault  secretstest.Fault
		source string // "" is no region
	}{
		{"500 at first", secretstest.Fault{Kind: secretstest.ServerError, Times: 2}, "the task's ARN"},
		{"404", secretstest.Fault{Kind: secretstest.HTML, Status: 404, Times: forever}, ""},
		{"not JSON", secretstest.Fault{Kind: secretstest.NotJSON, Times: forever}, ""},
		{"huge", secretstest.Fault{Kind: secretstest.Raw, Body: `{"TaskARN":"` + strings.Repeat("x", 3<<19) + `"}`, Times: forever}, ""},
		{"no ARN", secretstest.Fault{Kind: secretstest.Raw, Body: `{"TaskARN":"x"}`, Times: forever}, ""},
		{"slow", secretstest.Fault{Kind: secretstest.Slow, Delay: secretstest.Duration(20 * time.Millisecond)}, "the task's ARN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := store(t)
			s.Put("/app/prod/key", "v")
			w := inContainer(s)
			delete(w, "AWS_REGION")
			w["ECS_CONTAINER_METADATA_URI_V4"] = s.TaskURL()
			w.set(t)
			test.fault.Op = secretstest.OpTask
			s.Script(test.fault)
			start := time.Now()
			result, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
			if time.Since(start) > 2*metadataTime {
				t.Errorf("took %v", time.Since(start))
			}
			if test.name == "huge" {
				want(t, err, CodeAnswerTooLarge, secrets.Invalid, "1024 KiB", "task metadata", s.URL()[len("http://"):])
				if n := len(s.Calls(secretstest.OpTask)); n != 1 {
					t.Errorf("asked %d times", n)
				}
				return
			}
			if test.source == "" {
				want(t, err, CodeNoRegion, secrets.Usage, "task metadata")
				return
			}
			if err != nil || result.RegionSource != test.source {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

func TestWrongRegion(t *testing.T) {
	s := store(t)
	s.Put("/app/prod/key", "v")
	w := inContainer(s)
	delete(w, "AWS_CONTAINER_CREDENTIALS_FULL_URI")
	w["AWS_ACCESS_KEY_ID"], w["AWS_SECRET_ACCESS_KEY"] = "AKIAIOSFODNN7EXAMPLE", "x"
	w["AWS_REGION"] = "eu-west-1"
	w.set(t)
	_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
	want(t, err, CodeEmptyPath, secrets.Invalid, "/app/prod", "eu-west-1 from AWS_REGION", secretstest.DefaultAccount)
}

func TestBadConfiguration(t *testing.T) {
	s := store(t)
	for name, value := range map[string]string{"AWS_PROFILE": "nobody", "AWS_CA_BUNDLE": "/nonexistent", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/creds"} {
		t.Run(name, func(t *testing.T) {
			inContainer(s).set(t)
			t.Setenv(name, value)
			_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
			want(t, err, CodeAWSConfig, secrets.Usage, name)
		})
	}
}

// A web identity goes through STS, whose refusals are not Parameter Store's.
func TestWebIdentity(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("header.payload.signature"), 0o600); err != nil {
		t.Fatal(err)
	}
	denied := secretstest.Fault{Op: secretstest.OpSTS, Kind: secretstest.Raw, Status: 403, Times: forever,
		Body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>"}
	for _, test := range []struct {
		name, token string
		fault       secretstest.Fault
		code        string
		kind        secrets.Kind
		words       []string
	}{
		{"denied", token, denied, CodeCredentialsRefused, secrets.Denied, []string{"AccessDenied", "sts:AssumeRoleWithWebIdentity", "trust policy"}},
		{"no token file", token + "-not", denied, CodeCredentialsRefused, secrets.Denied, []string{token + "-not", "AWS_WEB_IDENTITY_TOKEN_FILE"}},
		{"STS down", token, secretstest.Fault{Op: secretstest.OpSTS, Kind: secretstest.HTML, Times: forever}, CodeCredentialsEndpoint, secrets.Unavailable, []string{"HTTP 503"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := store(t)
			w := inContainer(s)
			delete(w, "AWS_CONTAINER_CREDENTIALS_FULL_URI")
			w["AWS_ROLE_ARN"], w["AWS_WEB_IDENTITY_TOKEN_FILE"] = "arn:aws:iam::111122223333:role/app", test.token
			delete(w, "AWS_REGION") // the flag alone must do, for STS as well
			w.set(t)
			s.Script(test.fault)
			o := fetchOptions(soon)
			o.Region = "us-east-1"
			_, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app/prod"}})
			want(t, err, test.code, test.kind, append(test.words, "get AWS credentials")...)
		})
	}
}

// The SDK's own retries stay off whatever its variables say.
func TestNoRetriesBesideOurs(t *testing.T) {
	s := store(t)
	s.Put("/app/prod/key", "v")
	inContainer(s).set(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "7")
	t.Setenv("AWS_RETRY_MODE", "adaptive")
	s.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: 4})
	var log logged
	o := fetchOptions(30 * time.Second)
	o.Logger = log.logger()
	result, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app/prod"}})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), " retrying"); n != 4 || result.Calls != 5 || len(s.Calls("GetParametersByPath")) != 5 {
		t.Errorf("%d calls told, %d made, %d retries logged", result.Calls, len(s.Calls("GetParametersByPath")), n)
	}
}

func TestBadEndpoints(t *testing.T) {
	for _, endpoint := range []string{"localhost:4566", "127.0.0.1:4566", "ftp://127.0.0.1:1", "http://", "http://[::1", " "} {
		t.Run(endpoint, func(t *testing.T) {
			testEnv{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_SSM": endpoint}.set(t)
			_, err := fetchRequest(t.Context(), fetchOptions(soon), Request{Paths: []string{"/app/prod"}})
			want(t, err, CodeAWSConfig, secrets.Usage, "AWS_ENDPOINT_URL_SSM")
		})
	}
}

// The boot can be stopped while credentials hang.
func TestStopDuringCredentials(t *testing.T) {
	s := store(t)
	s.Script(secretstest.Fault{Op: secretstest.OpCredentials, Kind: secretstest.Hang, Times: forever})
	inContainer(s).set(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped by SIGTERM")
	go func() {
		_ = s.Await(ctx, 1, secretstest.OpCredentials)
		cancel(stopped)
	}()
	o := fetchOptions(0)
	policy := DefaultPolicy()
	o.policy = &policy
	start := time.Now()
	_, err := fetchRequest(ctx, o, Request{Paths: []string{"/app/prod"}})
	if !errors.Is(err, stopped) || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	s.Close()
}
