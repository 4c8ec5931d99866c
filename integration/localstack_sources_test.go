//go:build linux

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// exec runs tsboot exec on the store; the agent prints its environment.
func (s *store) exec(env []string, flags ...string) *process {
	s.t.Helper()
	args := slices.Concat([]string{"exec", "--pristine"}, flags, []string{"--", "/usr/bin/env"})
	cmd := exec.Command(tsbootBinary(s.t), args...)
	cmd.Env = slices.Concat(s.env, []string{"PATH=/usr/bin:/bin"}, env)
	return start(s.t, cmd)
}

// wantVariable ends the test unless the agent of a good boot has the variable.
func (p *process) wantVariable(name, value string) {
	p.t.Helper()
	p.wantExit(0)
	if !strings.Contains("\n"+p.stdout(), "\n"+name+"="+value+"\n") {
		p.t.Errorf("the agent has not %s=%s but\n%s", name, value, p.stdout())
	}
}

// wantRefusal ends the test unless tsboot ends with the code and a last line that holds all of the words.
func (p *process) wantRefusal(code int, words ...string) {
	p.t.Helper()
	p.wantExit(code)
	lines := strings.Split(strings.TrimSpace(p.stderr()), "\n")
	if !hasLine(lines[len(lines)-1], words...) {
		p.t.Errorf("the last line has not all of %q:\n%s", words, p.stderr())
	}
}

// TestLocalStackRefusals asks a real store for what it has not, and looks what it is told.
func TestLocalStackRefusals(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	s.secret("/app/key", randomSecret())
	key, path := s.path("/app/key"), s.path("/app")
	for _, test := range []struct {
		flags, words []string
	}{
		{[]string{"--ssm-parameter", key + ":2"}, []string{key + ":2", "us-east-1", "[parameter-not-found]"}},
		{[]string{"--ssm-parameter", key + ":nobody"}, []string{key + ":nobody", "[parameter-not-found]"}},
		{[]string{"--ssm-parameter", key + "s"}, []string{key + "s", "[parameter-not-found]"}},
		{[]string{"--ssm-parameter", "x=/aws/reference/secretsmanager" + key}, []string{"/aws/reference/secretsmanager" + key, "[parameter-not-found]"}},
		{[]string{"--ssm-path", path, "--ssm-label", "nobody"}, []string{"nobody", path, "[empty-path]"}},
		{[]string{"--ssm-path", path + "s"}, []string{path + "s", "us-east-1", "000000000000", "[empty-path]"}},
		{[]string{"--ssm-path", path, "--region", "eu-west-1"}, []string{path, "eu-west-1 from --region", "[empty-path]"}},
	} {
		s.exec(nil, test.flags...).wantRefusal(78, test.words...)
	}
}

// TestLocalStackReferences reads Secrets Manager by way of Parameter Store, as AWS offers it.
func TestLocalStackReferences(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	secret, id := randomSecret(), strings.TrimPrefix(s.prefix, "/")+"/db"
	s.secrets = append(s.secrets, secret)
	s.ask("secretsmanager", "secretsmanager.CreateSecret", map[string]any{
		"Name": id, "ClientRequestToken": "6f1bd1ba-5d4c-4ba5-b1a0-3d8a7b5a1c11", "SecretString": `{"password":"` + secret + `","port":12345678901234567890,"ratio":1.50}`,
	})
	reference := "/aws/reference/secretsmanager/" + id
	values := s.exec([]string{"DSN=ssm://" + reference + "#password"},
		"--ssm-parameter", "password="+reference+"#password", "--ssm-parameter", "port="+reference+"#port", "--ssm-parameter", "ratio="+reference+"#ratio")
	values.wantVariable("PASSWORD", secret)
	values.wantVariable("PORT", "12345678901234567890") // digit for digit
	values.wantVariable("RATIO", "1.50")
	values.wantLog("fetched parameters", "count=3", "calls=1")
	s.exec(nil, "--ssm-parameter", "x="+reference+"#nokey").wantRefusal(78, reference+"#nokey", "[missing-json-key]")
	s.exec(nil, "--ssm-parameter", "x="+reference+"-no").wantRefusal(78, reference+"-no", "[parameter-not-found]")
}

// TestLocalStackKeys reads what a customer's key encrypts, beside what the account's own does.
func TestLocalStackKeys(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	var created struct{ KeyMetadata struct{ KeyID string } }
	s.answer(&created, "kms", "TrentService.CreateKey", map[string]any{})
	alias := "alias/" + strings.TrimPrefix(s.prefix, "/")
	s.ask("kms", "TrentService.CreateAlias", map[string]any{"AliasName": alias, "TargetKeyId": created.KeyMetadata.KeyID})
	for name, key := range map[string]string{"by-id": created.KeyMetadata.KeyID, "by-alias": alias, "by-default": ""} {
		value := randomSecret()
		s.secrets = append(s.secrets, value)
		in := &ssm.PutParameterInput{Name: aws.String(s.path("/app/" + name)), Value: &value, Type: types.ParameterTypeSecureString}
		if key != "" {
			in.KeyId = &key
		}
		if _, err := s.client.PutParameter(t.Context(), in); err != nil {
			t.Fatalf("put %s: %v", name, err)
		}
	}
	p := s.exec(nil, "--ssm-path", s.path("/app"))
	for _, secret := range s.secrets {
		p.wantExit(0)
		if !strings.Contains(p.stdout(), "="+secret+"\n") {
			t.Errorf("a parameter is not decrypted: the agent has\n%s", p.stdout())
		}
	}
	p.wantLog("fetched parameters", "count=3", "calls=1")
}

// TestLocalStackManyParameters reads more pages than one. LocalStack ends a listing that fills its last page with an
// empty one.
func TestLocalStackManyParameters(t *testing.T) {
	t.Parallel()
	s := localstackStore(t)
	const count = 105
	for i := range count {
		s.plain(fmt.Sprintf("/app/deep/p%03d", i), fmt.Sprintf("value %d", i))
	}
	s.plain("/application/stranger", "x") // below a path that only begins alike
	for i := range 20 {
		s.plain(fmt.Sprintf("/round/p%02d", i), "x")
	}
	p := s.exec(nil, "--ssm-path", s.path("/app"))
	p.wantVariable("DEEP_P104", "value 104")
	p.wantLog("fetched parameters", "count=105", "calls=11")
	if n := strings.Count(p.stdout(), "DEEP_P"); n != count || strings.Contains(p.stdout(), "STRANGER") {
		t.Errorf("%d of %d variables, or a stranger", n, count)
	}
	s.exec(nil, "--ssm-path", s.path("/round")).wantLog("fetched parameters", "count=20", "calls=3")
	profile := writeFile(t, filepath.Join(t.TempDir(), "agent.yaml"),
		"name: agent\nparameters:\n  p000: {required: true}\n  p001: {}\n  nowhere: {}\nrun:\n  argv: [/bin/echo, \"${p000}\"]\n", 0o644)
	cmd := exec.Command(tsbootBinary(t), "--profile", profile, "--restart", "no", "--ssm-fetch", "names", "--ssm-path", s.path("/app/deep"))
	cmd.Env = s.env
	names := start(t, cmd)
	names.wantExit(0)
	names.wantLog("fetched parameters", "count=2", "calls=1")
	if names.stdout() != "value 0\n" {
		t.Errorf("by names the agent got %q", names.stdout())
	}
}

// ask calls a service of LocalStack for which the tests have no client.
func (s *store) ask(service, target string, in map[string]any) {
	s.t.Helper()
	s.answer(&struct{}{}, service, target, in)
}

func (s *store) answer(out any, service, target string, in map[string]any) {
	s.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, *s.client.Options().BaseEndpoint, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=none")
	client := http.Client{Timeout: time.Minute} // LocalStack loads a service when it is first asked
	response, err := client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s, %v\n%s", target, response.Status, err, data)
	}
	if err := json.Unmarshal(data, out); err != nil {
		s.t.Fatalf("%s: %v\n%s", target, err, data)
	}
}
