package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/integration/wait"
)

// running is a store that a test started by its flags.
type running struct {
	t    *testing.T
	url  string
	text string
}

func startStore(t *testing.T, args ...string) running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, text := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, text)
		_ = text.CloseWithError(err)
		ended <- err
	}()
	printed := make([]byte, 1<<16)
	n, err := out.Read(printed) // the text is one write
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the store ended with %v", err)
		}
	})
	r := running{t: t, text: string(printed[:n])}
	_, rest, _ := strings.Cut(r.text, "http://")
	r.url, _, _ = strings.Cut("http://"+rest, ",")
	return r
}

// ask is the answer to an operation of Parameter Store.
func (r running) ask(op, body string) string {
	r.t.Helper()
	request, err := http.NewRequest("POST", r.url+"/", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "AmazonSSM."+op)
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

func TestRefusedFlags(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("/a/b: ''\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	unknown := filepath.Join(t.TempDir(), "unknown")
	if err := os.WriteFile(unknown, []byte("- {name: /a/b, valeu: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--address 0.0.0.0":        "--allow-remote",
		"--address 192.0.2.1":      "--allow-remote",
		"--address example.com":    "not an IP address",
		"--port 70000":             "not a port",
		"--region x;y":             "not a region",
		"--rate -1":                "less than nothing",
		"--put /a/b":               "NAME=VALUE",
		"--put /a/b=":              "no value",
		"--put /a/b/=x":            "not a name",
		"--put =x":                 "not a name",
		"--fault nonsense":         "unknown kind of fault",
		"--fault throttle:0":       "1 or more",
		"--fault throttle:x":       "1 or more",
		`--fault {"kind":"x"}`:     "unknown kind of fault",
		`--fault {"times":"many"}`: "decode faults",
		"--seed " + empty:          "no value",
		"--seed " + unknown:        "valeu",
		"--seed " + empty + ".not": "no such file",
		"seed.yaml":                "--seed FILE",
		"--nonsense":               "unknown flag",
	} {
		err := run(t.Context(), strings.SplitN(args, " ", 2), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", args, err, want)
		}
	}
}

func TestPortIsTaken(t *testing.T) {
	t.Parallel()
	r := startStore(t)
	port := r.url[strings.LastIndex(r.url, ":")+1:]
	if err := run(t.Context(), []string{"--port", port}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "choose another with --port") {
		t.Errorf("error %v", err)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--help"}, &out); !errors.Is(err, pflag.ErrHelp) {
		t.Errorf("error %v", err)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 101 {
			t.Errorf("a line of %d columns: %s", len(line)-1, line)
		}
	}
	for _, word := range []string{"--put NAME=VALUE", "--fault KIND", "kms-access-denied"} {
		if !strings.Contains(out.String(), word) {
			t.Errorf("the help has no %q:\n%s", word, &out)
		}
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	list := write("list.yaml", "- {name: /a/b, value: x, type: String, labels: [stable]}\n- {name: db, value: '{}', secret: true}\n")
	mapping := write("mapping.json", `{"/a/c": "y", "/a/port": 80}`)
	env := filepath.Join(dir, "env")
	r := startStore(t, "--seed", list, "--seed", mapping, "--put", "/a/b=second=version", "--put-string", "/a/d=plain", "--env-file", env, "--region", "eu-west-1")
	variables, err := os.ReadFile(env)
	if err != nil || !strings.Contains(string(variables), "AWS_ENDPOINT_URL_SSM="+r.url+"\n") || !strings.Contains(string(variables), "AWS_REGION=eu-west-1\n") {
		t.Errorf("the file of variables holds %q, %v", variables, err)
	}
	for _, test := range []struct{ name, want string }{
		{"/a/b", `"Type":"SecureString","Value":"second=version","Version":2`},
		{"/a/b:stable", `"Type":"String","Value":"x","Version":1`},
		{"/a/c", `"Type":"SecureString","Value":"y"`},
		{"/a/port", `"Value":"80"`},
		{"/a/d", `"Type":"String","Value":"plain"`},
		{"/aws/reference/secretsmanager/db", `"Value":"{}"`},
	} {
		if answer := r.ask("GetParameter", `{"Name": "`+test.name+`", "WithDecryption": true}`); !strings.Contains(answer, test.want) {
			t.Errorf("%s: %s, want %s in it", test.name, answer, test.want)
		}
	}
	for _, value := range []string{"second=version", "plain"} {
		if strings.Contains(r.text, value) {
			t.Errorf("what it prints has the value %s", value)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	r := startStore(t, "--fault", "throttle:2", "--fault", `{"kind": "access-denied"}`, "--fault", "server-error")
	for i, want := range []string{"ThrottlingException", "ThrottlingException", "AccessDeniedException", "InternalServerError", "InternalServerError"} {
		if answer := r.ask("GetParameter", `{"Name": "/demo/prod/api-key"}`); !strings.Contains(answer, want) {
			t.Errorf("answer %d: %s, want %s", i+1, answer, want)
		}
	}
	limited := startStore(t, "--rate", "1")
	wait.For(t, 30*time.Second, "a refusal above the rate", func() bool {
		return strings.Contains(limited.ask("GetParameter", `{"Name": "/demo/prod/api-key"}`), "ThrottlingException")
	})
}

// TestTry: the commands fit what the store holds.
func TestTry(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                      "tsboot export --ssm-path /demo/prod\n",
		"--put /my/a/api_key=x": "--ssm-path /my/a -- printenv API_KEY\n",
		"--put /my/log.level=x": "--ssm-path /my -- printenv LOG_LEVEL\n",
		"--put /single=x":       "--ssm-parameter /single -- printenv SINGLE\n",
		"--put db-password=x":   "--ssm-parameter db-password -- printenv DB_PASSWORD\n",
		"--bin-dir /some dir":   "export PATH='/some dir':\"$PATH\"\n",
	} {
		var list []string
		if args != "" {
			list = strings.SplitN(args, " ", 2)
		}
		if r := startStore(t, list...); !strings.Contains(r.text, want) {
			t.Errorf("%s: it prints\n%s\nwant %q in it", args, r.text, want)
		}
	}
}
