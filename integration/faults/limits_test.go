package faults

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// limitRows: more than can be meant. Each ends at the first answer.
func limitRows() []row {
	endless := func(kind, op string) []secretstest.Fault {
		return []secretstest.Fault{{Kind: kind, Op: op, Times: forever}}
	}
	container := []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_FULL_URI=%URL%/_secretstest/credentials"}
	return []row{
		{name: "an answer without end", faults: endless(secretstest.Endless, ""), code: 78, calls: exactly(1), says: []string{"2048 KiB", "127.0.0.1:", "[answer-too-large]"}},
		{name: "a gzip bomb", faults: endless(secretstest.GzipBomb, ""), code: 78, calls: exactly(1), says: []string{"2048 KiB", "[answer-too-large]"}},
		{name: "a refusal without end", faults: []secretstest.Fault{{Kind: secretstest.GzipBomb, Status: 400, Times: forever}}, code: 78, calls: exactly(1), says: []string{"[answer-too-large]"}},
		{name: "a header without end", faults: endless(secretstest.EndlessHeader, ""), code: 78, calls: exactly(1), says: []string{"header", "[answer-too-large]"}},
		{name: "credentials without end", env: container, faults: endless(secretstest.GzipBomb, secretstest.OpCredentials), code: 78, other: map[string]atLeastMost{secretstest.OpCredentials: exactly(1)}, says: []string{"1024 KiB", "AWS credentials", "[answer-too-large]"}},
		{name: "task metadata without end", env: []string{"AWS_REGION", "ECS_CONTAINER_METADATA_URI_V4=%URL%/_secretstest/v4/x"}, faults: endless(secretstest.GzipBomb, secretstest.OpTask), code: 78, other: map[string]atLeastMost{secretstest.OpTask: exactly(1)}, says: []string{"task metadata", "[answer-too-large]"}},
		{name: "a configuration file without end", env: []string{"AWS_CONFIG_FILE=/dev/zero"}, code: 64, says: []string{"AWS_CONFIG_FILE", "[file-too-large]"}},
		{name: "a bundle without end", env: []string{"AWS_CA_BUNDLE=/dev/zero"}, code: 64, says: []string{"AWS_CA_BUNDLE", "[file-too-large]"}},
	}
}

// password is in the URLs of inputRows, and in no line of their logs.
const password = "pa55word-in-a-url"

// inputRows can never work: each ends at once, by the name of the variable.
func inputRows() []row {
	row64 := func(name, variable, value string) row {
		return row{name: name, env: []string{variable + "=" + value}, timeout: "5m", code: 64, says: []string{variable}, never: []string{password}}
	}
	keys := func(name, variable, value string) row {
		return row{name: name, env: []string{variable + "=" + value}, timeout: "5m", code: 77, says: []string{variable, "[bad-credentials]"}, never: []string{password}}
	}
	return []row{
		keys("a key id with a line break", "AWS_ACCESS_KEY_ID", password+"\n"),
		keys("a secret key with a line break", "AWS_SECRET_ACCESS_KEY", password+"\n"),
		keys("a secret key with a blank before it", "AWS_SECRET_ACCESS_KEY", " "+password),
		keys("a session token of two lines", "AWS_SESSION_TOKEN", password+"\r\nX: y"),
		row64("an endpoint with a bad port", "AWS_ENDPOINT_URL_SSM", "http://user:"+password+"@host:port"),
		row64("an endpoint without a scheme", "AWS_ENDPOINT_URL", "user:"+password+"@host"),
		row64("an endpoint with a bad host", "AWS_ENDPOINT_URL_STS", "https://user:"+password+"@.."),
		row64("an instance endpoint without a scheme", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"),
		row64("a wrong instance mode", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"),
		row64("a wrong number", "AWS_MAX_ATTEMPTS", "x"),
		row64("a wrong switch", "AWS_USE_FIPS_ENDPOINT", "maybe"),
		row64("a bundle without a certificate", "AWS_CA_BUNDLE", "/proc/self/comm"),
		row64("a credentials endpoint that is not a URL", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http//user:"+password+"@host"),
		row64("a region with a slash", "AWS_REGION", "us-east-1/"),
		{name: "a proxy with a bad port", env: []string{"AWS_ENDPOINT_URL_SSM=http://ssm.example", "HTTP_PROXY=http://user:" + password + "@proxy:port"}, timeout: "5m", code: 64, says: []string{"HTTP_PROXY"}, never: []string{password}},
		{name: "two slashes in an ARN", args: []string{"--ssm-parameter", "arn:aws:ssm:us-east-1:111122223333:parameter//app/prod/key"}, code: 64, says: []string{"//app/prod/key", "[bad-reference]"}},
		{name: "two slashes in a variable's ARN", env: []string{"DB_PASS=ssm://arn:aws:ssm:us-east-1:111122223333:parameter/app//key"}, args: []string{"--resolve-env"}, code: 64, says: []string{"DB_PASS", "[bad-reference]"}},
		{name: "an endpoint with a password", env: []string{"AWS_ENDPOINT_URL_SSM=http://user:" + password + "@" + closedPort}, timeout: "1s", code: 69, says: []string{closedPort, "[connect-refused]"}, never: []string{password}},
		{name: "versions by name and by ARN", prepare: put("/app/prod/key"), args: []string{"--ssm-parameter", "key=/app/prod/key:1", "--ssm-parameter", "other=arn:aws:ssm:us-east-1:111122223333:parameter/app/prod/key:2"}, calls: exactly(2)},
		{name: "a variable that looks like a reference", env: []string{"DB_PASS=ssm:/" + password}, args: []string{"--resolve-env", "--ssm-path", "/app/prod"}, calls: exactly(1), says: []string{"DB_PASS", "looks like"}, never: []string{password}},
	}
}

// TestMemory: what a hostile endpoint sends does not take the host's memory, nor the fetch's whole time.
func TestMemory(t *testing.T) {
	t.Parallel()
	program := binary.Tsboot(t)
	for _, kind := range []string{secretstest.Endless, secretstest.GzipBomb, secretstest.EndlessHeader} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t, program)
			e.store.Script(secretstest.Fault{Kind: kind, Times: forever})
			cmd := exec.Command(program, "exec", "--ssm-path", "/app/prod", "--", filepath.Join("/bin", "true"))
			cmd.Env = e.environment(nil)
			start := time.Now()
			if err := cmd.Run(); err == nil {
				t.Error("it boots")
			}
			const most = 128 << 10 // KiB: of tsboot and its worker, each
			used := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			if code := cmd.ProcessState.ExitCode(); code != 78 || used > most || time.Since(start) > aLongTime {
				t.Errorf("exit code %d, %d KiB, %v", code, used, time.Since(start))
			}
			t.Logf("%d KiB, %v", used, time.Since(start).Round(time.Millisecond))
		})
	}
}
