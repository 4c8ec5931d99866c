package ssm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// linesOf are the lines of a JSON log with one message.
func linesOf(t *testing.T, log, message string) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line["@message"] == message {
			lines = append(lines, line)
		}
	}
	return lines
}

func jsonLogger(l *logged) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Output: l, Level: hclog.Trace, JSONFormat: true})
}

// A call that hangs is logged at 5s and each time the wait has doubled, through
// all its attempts.
func TestHangingCallIsLogged(t *testing.T) {
	t.Parallel()
	for timeout, left := range map[time.Duration]string{2 * time.Minute: "1m55s", 0: "never"} {
		synctest.Test(t, func(t *testing.T) {
			var log logged
			c := newCaller(DefaultPolicy(), jsonLogger(&log), timeout)
			ctx, cancel := c.context(t.Context())
			defer cancel()
			err := c.do(ctx, aTask(), func(ctx context.Context) error {
				if time.Since(c.start) > 100*time.Second {
					return nil
				}
				c.contact.request(serviceParameterStore, "GetParametersByPath", &url.URL{Scheme: "https", Host: "ssm.us-east-1.amazonaws.com"})
				<-ctx.Done()
				return ctx.Err()
			})
			lines := linesOf(t, log.String(), "waiting for an answer")
			if err != nil && timeout == 0 || len(lines) < 5 {
				t.Fatalf("%v, %s", err, log.String())
			}
			for i, at := range []time.Duration{5, 10, 20, 40, 80} {
				elapsed, err := time.ParseDuration(fmt.Sprint(lines[i]["elapsed"]))
				if err != nil || elapsed < at*time.Second || elapsed > at*time.Second+4*time.Second {
					t.Errorf("line %d after %v: %v", i, lines[i]["elapsed"], err)
				}
			}
			first := lines[0]
			if first["gives_up_in"] != left || first["elapsed"] != "5s" || first["host"] != "ssm.us-east-1.amazonaws.com:443" || first["service"] != "Parameter Store" || first["operation"] != "GetParametersByPath" {
				t.Errorf("%v", first)
			}
		})
	}
}

// Bad answers are not a hanging call: only the retries are logged.
func TestAnswersAreNoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		c := newCaller(DefaultPolicy(), jsonLogger(&log), 5*time.Minute)
		ctx, cancel := c.context(t.Context())
		defer cancel()
		_ = c.do(ctx, aTask(), func(context.Context) error { return throttling })
		if strings.Contains(log.String(), "waiting for an answer") {
			t.Error(log.String())
		}
		for _, line := range linesOf(t, log.String(), "retrying") {
			for _, key := range []string{"delay", "gives_up_in", "elapsed"} {
				if d, err := time.ParseDuration(fmt.Sprint(line[key])); err != nil || d != d.Round(time.Millisecond) {
					t.Errorf("%s is %v", key, line[key])
				}
			}
			if line["attempt"] == nil {
				t.Errorf("%v", line)
			}
		}
	})
}

func TestSplayIsLogged(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/x", "v")
	var log logged
	o := options(s)
	o.Splay, o.Logger = 50*time.Millisecond, jsonLogger(&log)
	if _, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app"}}); err != nil {
		t.Fatal(err)
	}
	lines := linesOf(t, log.String(), "waiting before the first call")
	if len(lines) != 1 || lines[0]["@level"] != "info" {
		t.Fatalf("%v", lines)
	}
	if _, err := time.ParseDuration(fmt.Sprint(lines[0]["delay"])); err != nil {
		t.Error(err)
	}
}

// The number of tries in a message is the number of requests that were made,
// also where a try waits for a request that is under way.
func TestTriesAreRequests(t *testing.T) {
	for _, test := range []struct {
		op   string
		kind string
	}{
		{"GetParametersByPath", secretstest.ServerError}, {"GetParametersByPath", secretstest.Hang}, {"GetParametersByPath", secretstest.Close},
		{secretstest.OpCredentials, secretstest.ServerError}, {secretstest.OpCredentials, secretstest.Hang}, {secretstest.OpCredentials, secretstest.Slow},
	} {
		t.Run(test.op+" "+test.kind, func(t *testing.T) {
			s := store(t)
			inContainer(s).set(t)
			s.Script(secretstest.Fault{Op: test.op, Kind: test.kind, Times: forever, Delay: secretstest.Duration(time.Minute)})
			o := fetchOptions(1500 * time.Millisecond)
			o.policy = hasty()
			_, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app"}})
			if err == nil {
				t.Fatal("no error")
			}
			// The deadline may come between the last connection and its request.
			n := len(s.Calls(test.op))
			if !strings.Contains(err.Error(), fmt.Sprintf("(%d tries in ", n)) && !strings.Contains(err.Error(), fmt.Sprintf("(%d tries in ", n+1)) {
				t.Errorf("%d requests: %v", n, err)
			}
			if !strings.Contains(err.Error(), s.URL()[len("http://"):]) {
				t.Errorf("does not name %s: %v", s.URL(), err)
			}
		})
	}
}

// What the SDK's variables say of the instance metadata service holds for the
// clients of tsboot.
func TestInstanceMetadataSettings(t *testing.T) {
	s := store(t)
	s.Put("/app/prod/key", "v")
	s.SetInstanceRole("node")
	base := testEnv{
		"AWS_EC2_METADATA_DISABLED": "false", "AWS_ENDPOINT_URL_SSM": s.URL(), "AWS_ENDPOINT_URL_STS": s.URL(),
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": s.URL(), "AWS_REGION": "us-east-1",
	}
	file := func(text string) string {
		path := t.TempDir() + "/config"
		write(t, path, "[default]\n"+text+"\n")
		return path
	}
	noToken := []secretstest.Fault{{Op: secretstest.OpIMDS, Kind: secretstest.HTML, Status: 404}}
	for _, test := range []struct {
		name   string
		where  testEnv
		faults []secretstest.Fault
		good   bool
		words  []string
	}{
		{"version 1 is asked without a token", nil, noToken, true, nil},
		{"version 1 is off by a variable", testEnv{"AWS_EC2_METADATA_V1_DISABLED": "true"}, noToken, false, nil},
		{"version 1 is off by the file", testEnv{"AWS_CONFIG_FILE": file("ec2_metadata_v1_disabled = true")}, noToken, false, nil},
		{"endpoint by the file", testEnv{"AWS_EC2_METADATA_SERVICE_ENDPOINT": "", "AWS_CONFIG_FILE": file("ec2_metadata_service_endpoint = " + s.URL())}, nil, true, nil},
		{"mode by a variable", testEnv{"AWS_EC2_METADATA_SERVICE_ENDPOINT": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"}, nil, false, []string{"[fd00:ec2::254]:80"}},
		{"mode by the file", testEnv{"AWS_EC2_METADATA_SERVICE_ENDPOINT": "", "AWS_CONFIG_FILE": file("ec2_metadata_service_endpoint_mode = IPv6")}, nil, false, []string{"[fd00:ec2::254]:80"}},
		{"off", testEnv{"AWS_EC2_METADATA_DISABLED": "true"}, nil, false, []string{"AWS_EC2_METADATA_DISABLED"}},
	} {
		for _, region := range []string{"us-east-1", ""} { // with it, credentials are asked for; without, the region too
			t.Run(test.name+" "+region, func(t *testing.T) {
				base.set(t)
				test.where.set(t)
				t.Setenv("AWS_REGION", region)
				s.ClearFaults()
				s.Script(slices.Clone(test.faults)...)
				if !test.good {
					for range 20 {
						s.Script(test.faults...)
					}
				}
				_, err := fetchRequest(t.Context(), fetchOptions(5*time.Second), Request{Paths: []string{"/app/prod"}})
				if (err == nil) != test.good {
					t.Fatal(err)
				}
				for _, word := range test.words {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("%s is not in: %v", word, err)
					}
				}
			})
		}
	}
}
