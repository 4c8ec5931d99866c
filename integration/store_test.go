//go:build linux

package integration

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// store is a Parameter Store for one test, with a prefix of its own and a list of the secrets in it.
type store struct {
	t       *testing.T
	prefix  string
	memory  *secretstest.Server // one of the two
	client  *ssm.Client
	env     []string // how a program's SDK reaches it
	secrets []string
}

// memoryStore is the strict in-memory one, which can be told to fail.
func memoryStore(t *testing.T) *store {
	t.Helper()
	server, err := secretstest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return &store{t: t, memory: server, env: append(server.Env(), binary.NoSocket)}
}

// localstackStore is LocalStack, where the test skips without it. It has no reset: each test has a prefix.
func localstackStore(t *testing.T) *store {
	t.Helper()
	require.Tools(t, "localstack")
	endpoint := must(t)(localstackEndpoint())
	client := ssm.New(ssm.Options{
		Region:       "us-east-1",
		BaseEndpoint: &endpoint,
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	env := []string{
		"AWS_ENDPOINT_URL_SSM=" + endpoint, "AWS_ENDPOINT_URL_STS=" + endpoint, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_REGION=us-east-1",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", binary.NoSocket,
	}
	return &store{t: t, client: client, env: env, prefix: "/it-" + strings.ToLower(rand.Text())}
}

// anyStore is LocalStack where it is to be had, and the one in memory otherwise.
func anyStore(t *testing.T) *store {
	t.Helper()
	if _, err := localstackEndpoint(); err == nil {
		return localstackStore(t)
	}
	return memoryStore(t)
}

// path is where tsboot looks for what was put below name.
func (s *store) path(name string) string { return s.prefix + name }

// secret stores a SecureString; putting a name again makes a new version. The leak check looks for every value.
func (s *store) secret(name, value string) {
	s.t.Helper()
	s.secrets = append(s.secrets, value)
	s.put(name, value, types.ParameterTypeSecureString)
}

// plain stores a String, which is not a secret.
func (s *store) plain(name, value string) {
	s.t.Helper()
	s.put(name, value, types.ParameterTypeString)
}

func (s *store) put(name, value string, typ types.ParameterType) {
	s.t.Helper()
	if s.memory != nil {
		s.memory.Put(s.path(name), value, secretstest.Type(string(typ)))
		return
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), aLongTime)
	defer cancel()
	_, err := s.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String(s.path(name)), Value: &value, Type: typ, Overwrite: aws.Bool(true),
	})
	if err != nil {
		s.t.Fatalf("put parameter %s: %v", name, err)
	}
}

// randomSecret is a value that occurs nowhere else, so that finding it is a leak.
func randomSecret() string { return "s3cr3t-" + rand.Text() }

// localstackEndpoint is TSBOOT_TEST_SSM_ENDPOINT, or a LocalStack that the first test starts and the last one ends.
var localstackEndpoint = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("TSBOOT_TEST_SSM_ENDPOINT"); given != "" {
		return given, nil
	}
	top, err := require.ModuleRoot()
	if err != nil {
		return "", err
	}
	venv := filepath.Join(top, ".cache/localstack")
	if _, err := os.Stat(filepath.Join(venv, "ready")); err != nil {
		return "", err
	}
	return startLocalStack(filepath.Join(top, "integration/localstack.sh"), venv)
})

func startLocalStack(script, venv string) (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	log, err := os.Create(filepath.Join(shared, "localstack.log"))
	if err != nil {
		return "", err
	}
	defer log.Close()
	cmd := exec.Command(script, "run", venv, filepath.Join(shared, "localstack"))
	cmd.Env = append(os.Environ(), "TSBOOT_LOCALSTACK_LISTEN="+address)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return "", err
	}
	whenDone(func() { stopWithin(cmd, 6*time.Second) })
	endpoint := "http://" + address
	if !wait.Until(time.Minute, func() bool { return localstackServes(endpoint) }) {
		return "", fmt.Errorf("start LocalStack: not ready after a minute, see %s", log.Name())
	}
	return endpoint, nil
}

func localstackServes(endpoint string) bool {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Get(endpoint + "/_localstack/health")
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return err == nil && strings.Contains(string(body), `"ssm": "running"`)
}

// stopWithin asks a process to end, and kills it when it does not.
func stopWithin(cmd *exec.Cmd, grace time.Duration) {
	killer := time.AfterFunc(grace, func() { _ = cmd.Process.Kill() })
	defer killer.Stop()
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
}
