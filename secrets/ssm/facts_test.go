package ssm

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// metadataOf reaches the endpoints by an environment of its own.
func metadataOf(environ ...string) *Metadata { return metadataBy(fast(), environ...) }

func metadataBy(policy *Policy, environ ...string) *Metadata {
	return NewMetadata(Options{policy: policy, Environ: append([]string{}, environ...)})
}

func inTaskOf(s *secretstest.Server) string { return taskMetadata + "=" + s.TaskURL() }

// one is the only error.
func one(t *testing.T, errs []error) error {
	t.Helper()
	if len(errs) != 1 {
		t.Fatalf("%d errors: %v", len(errs), errs)
	}
	return errs[0]
}

const readyFile = `{"Cluster":"other","ContainerInstanceARN":"arn:aws:ecs:us-east-1:111122223333:container-instance/security/1f73d099b914","MetadataFileStatus":"READY"}`

func TestFacts(t *testing.T) {
	s := store(t)
	s.SetInstanceRole("node")
	file := filepath.Join(t.TempDir(), "ecs-container-metadata.json")
	write(t, file, readyFile)
	testEnv{"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": s.URL()}.set(t)
	m := metadataOf(inTaskOf(s), containerFile+"="+file)
	got, errs := m.Facts(t.Context(), 30*time.Second, append(secrets.Facts(), "no.such-fact"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"host.name":   host,
		"ecs.cluster": "security", "ecs.task-id": "158d1c8083dd49d6b527399fd6414f5c", "ecs.family": "agent", "ecs.revision": "7",
		"ecs.availability-zone": "us-east-1a", "ecs.container-instance": "1f73d099b914", "host.instance-id": "i-0123456789abcdef0",
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if n := len(s.Calls(secretstest.OpTask)); n != 1 {
		t.Errorf("the task's metadata was asked for %d times", n)
	}
}

// Only what has the wanted facts is asked.
func TestFactsAskOnlyWhatIsNeeded(t *testing.T) {
	s := store(t)
	for _, names := range [][]string{nil, {secrets.FactHostName}} {
		host, err := os.Hostname()
		values, errs := metadataOf(inTaskOf(s)).Facts(t.Context(), time.Second, names)
		if len(values) != len(names) || len(errs) != 0 || err != nil || len(names) > 0 && values[secrets.FactHostName] != host {
			t.Errorf("%v, %v; want %q", values, errs, host)
		}
	}
	if calls := s.Calls(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
}

// What is not there is said at once, or after a few tries; what does not answer is
// asked until the deadline.
func TestFactsTaskFaults(t *testing.T) {
	const several = -1
	for _, test := range []struct {
		name  string
		fault secretstest.Fault
		hasty bool // with short attempts
		task  map[string]any
		code  string
		kind  secrets.Kind
		calls int
		words []string
	}{
		{name: "good"},
		{name: "500 at first", fault: secretstest.Fault{Kind: secretstest.ServerError, Times: 6}, calls: 7},
		{name: "404 at first", fault: secretstest.Fault{Kind: secretstest.HTML, Status: 404, Times: 2}, calls: 3},
		{name: "slow", fault: secretstest.Fault{Kind: secretstest.Slow, Delay: secretstest.Duration(100 * time.Millisecond)}},
		{name: "cut once", fault: secretstest.Fault{Kind: secretstest.Truncate}, calls: 2},
		{name: "404", fault: secretstest.Fault{Kind: secretstest.HTML, Status: 404, Times: forever}, code: CodeFactMissing, kind: secrets.Invalid, calls: 4, words: []string{"HTTP 404"}},
		{name: "403", fault: secretstest.Fault{Kind: secretstest.HTML, Status: 403, Times: forever}, code: CodeFactMissing, kind: secrets.Invalid, calls: 4, words: []string{"HTTP 403"}},
		{name: "500", fault: secretstest.Fault{Kind: secretstest.ServerError, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, calls: several, words: []string{"HTTP 500", "tries in"}},
		{name: "429", fault: secretstest.Fault{Kind: secretstest.TooMany, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, calls: several, words: []string{"HTTP 429"}},
		{name: "hang", hasty: true, fault: secretstest.Fault{Kind: secretstest.Hang, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, calls: several, words: []string{"no answer in time"}},
		{name: "half and hang", hasty: true, fault: secretstest.Fault{Kind: secretstest.HangBody, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, calls: several},
		{name: "closed", fault: secretstest.Fault{Kind: secretstest.Close, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, calls: several},
		{name: "not JSON", fault: secretstest.Fault{Kind: secretstest.NotJSON, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, calls: 4, words: []string{"not JSON"}},
		{name: "a list", fault: secretstest.Fault{Kind: secretstest.Raw, Body: `["x"]`, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, calls: 4},
		{name: "nothing", fault: secretstest.Fault{Kind: secretstest.NoBody, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, calls: 4},
		{name: "huge", fault: secretstest.Fault{Kind: secretstest.Endless, Times: forever}, code: CodeAnswerTooLarge, kind: secrets.Invalid, calls: 1, words: []string{"1024 KiB"}},
		{name: "compressed", fault: secretstest.Fault{Kind: secretstest.GzipBomb, Times: forever}, code: CodeAnswerTooLarge, kind: secrets.Invalid, calls: 1, words: []string{"1024 KiB"}},
		{name: "no cluster", task: map[string]any{"Cluster": nil}, code: CodeFactMissing, kind: secrets.Invalid, calls: 1, words: []string{"Cluster is missing"}},
		{name: "impossible cluster", task: map[string]any{"Cluster": strings.Repeat("x", 3000)}, code: CodeFactMissing, kind: secrets.Invalid, calls: 1, words: []string{"Cluster is missing or cannot be right"}},
		{name: "ARN of something else", task: map[string]any{"Cluster": "arn:aws:ecs:us-east-1:111122223333:task/x"}, code: CodeFactMissing, kind: secrets.Invalid, calls: 1, words: []string{`Cluster is "arn:aws:ecs`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := store(t)
			s.SetTask(test.task)
			if test.fault.Kind != "" {
				test.fault.Op = secretstest.OpTask
				s.Script(test.fault)
			}
			policy := fast()
			if test.hasty {
				policy = hasty()
			}
			values, errs := metadataBy(policy, inTaskOf(s)).Facts(t.Context(), 2*time.Second, []string{secrets.FactCluster})
			if calls := len(s.Calls()); test.calls > 0 && calls != test.calls || test.calls == several && calls < 2 {
				t.Errorf("%d requests, want %d", calls, test.calls)
			}
			if test.code == "" {
				if len(errs) > 0 || values[secrets.FactCluster] != "security" {
					t.Errorf("%v, %v", values, errs)
				}
				return
			}
			want(t, one(t, errs), test.code, test.kind, append(test.words, "${ecs.cluster}", s.TaskURL(), taskMetadata)...)
			if len(values) != 0 {
				t.Errorf("values in spite of the error: %v", values)
			}
		})
	}
}

// A redirect is not followed: what answers there is not the agent.
func TestFactsRedirect(t *testing.T) {
	t.Parallel()
	s := store(t)
	agent := httptest.NewServer(http.RedirectHandler(s.TaskURL()+"/task", http.StatusFound))
	defer agent.Close()
	_, errs := metadataOf(taskMetadata+"="+agent.URL).Facts(t.Context(), 5*time.Second, []string{secrets.FactFamily})
	want(t, one(t, errs), CodeFactUnavailable, secrets.Unavailable, "HTTP 302", "${ecs.family}")
	if calls := s.Calls(); len(calls) != 0 {
		t.Errorf("the redirect was followed: %+v", calls)
	}
}

func TestFactsNotHere(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, test := range []struct {
		fact, variable string
		words          []string
	}{
		{secrets.FactCluster, "", []string{taskMetadata, "not set", "parameter instead"}},
		{secrets.FactContainerInstance, "", []string{containerFile, "not set", "ECS_ENABLE_CONTAINER_METADATA=true"}},
		{secrets.FactContainerInstance, containerFile + "=/nonexistent/metadata.json", []string{"/nonexistent/metadata.json", "no such file"}},
		{secrets.FactContainerInstance, containerFile + "=/", []string{"directory"}},
		{secrets.FactInstanceID, "AWS_EC2_METADATA_DISABLED=true", []string{"AWS_EC2_METADATA_DISABLED is true"}},
		{secrets.FactInstanceID, "AWS_EC2_METADATA_DISABLED=TRUE", []string{"AWS_EC2_METADATA_DISABLED is true"}},
	} {
		start := time.Now()
		_, errs := metadataOf(test.variable).Facts(t.Context(), time.Minute, []string{test.fact})
		want(t, one(t, errs), CodeFactMissing, secrets.Invalid, append(test.words, "${"+test.fact+"}")...)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: known only after %s", test.fact, took)
		}
	}
}

// The error of one source names all its facts, and hides no other source.
func TestFactsSeveralErrors(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.SetTask(map[string]any{"Cluster": nil, "AvailabilityZone": ""})
	values, errs := metadataOf(inTaskOf(s)).Facts(t.Context(), time.Second,
		[]string{secrets.FactCluster, secrets.FactFamily, secrets.FactAvailabilityZone, secrets.FactContainerInstance})
	if len(errs) != 2 || len(values) != 1 || values[secrets.FactFamily] != "agent" {
		t.Fatalf("%v, %v", values, errs)
	}
	want(t, errs[0], CodeFactMissing, secrets.Invalid, "the facts ${ecs.cluster}, ${ecs.availability-zone} from", "Cluster", "AvailabilityZone")
	want(t, errs[1], CodeFactMissing, secrets.Invalid, "${ecs.container-instance}")
}

func TestFactsBadURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"169.254.170.2/v4/x", "ftp://host/v4", "http://", "http://a b/", "http://host:99999/v4"} {
		_, errs := metadataOf(taskMetadata+"="+url).Facts(t.Context(), time.Second, []string{secrets.FactCluster})
		want(t, one(t, errs), CodeAWSConfig, secrets.Usage, taskMetadata)
	}
}

// The file is whole only when the agent says so.
func TestFactsFileInTheMaking(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ first string }{
		"empty":     {""},
		"cut":       {readyFile[:60]},
		"no status": {`{"Cluster":"security","ContainerInstanceARN":"arn:aws:ecs:us-east-1:111122223333:container-instance/security/early"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "metadata.json")
				write(t, file, test.first)
				timer := time.AfterFunc(20*time.Second, func() { write(t, file, readyFile) })
				defer timer.Stop()
				values, errs := metadataOf(containerFile+"="+file).Facts(context.Background(), time.Minute, []string{secrets.FactContainerInstance})
				if len(errs) > 0 || values[secrets.FactContainerInstance] != "1f73d099b914" {
					t.Errorf("%v, %v", values, errs)
				}
				write(t, file, test.first)
				_, errs = metadataOf(containerFile+"="+file).Facts(context.Background(), 10*time.Second, []string{secrets.FactContainerInstance})
				want(t, one(t, errs), CodeFactUnavailable, secrets.Unavailable, file, "has not finished the file", "look at the log of the ECS agent")
			})
		})
	}
}

func TestFactsFileFaults(t *testing.T) {
	t.Parallel()
	big := filepath.Join(t.TempDir(), "big")
	write(t, big, `{"MetadataFileStatus":"READY","x":"`+strings.Repeat("x", maxMetadata)+`"}`)
	without := filepath.Join(t.TempDir(), "without")
	write(t, without, `{"MetadataFileStatus":"READY"}`)
	for file, code := range map[string]string{big: CodeAnswerTooLarge, "/dev/zero": CodeAnswerTooLarge, without: CodeFactMissing} {
		_, errs := metadataOf(containerFile+"="+file).Facts(t.Context(), time.Minute, []string{secrets.FactContainerInstance})
		want(t, one(t, errs), code, secrets.Invalid, file, "${ecs.container-instance}")
	}
}

func TestFactsInstance(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault secretstest.Fault
		role  string
		code  string
		kind  secrets.Kind
		words []string
	}{
		{name: "good", role: "node"},
		{name: "500 at first", role: "node", fault: secretstest.Fault{Kind: secretstest.ServerError, After: 1, Times: 3}},
		{name: "404", code: CodeFactMissing, kind: secrets.Invalid, words: []string{"HTTP 404", "hop limit"}},
		{name: "turned off", role: "node", fault: secretstest.Fault{Kind: secretstest.HTML, Status: 403, Times: forever}, code: CodeFactMissing, kind: secrets.Invalid, words: []string{"HTTP 403"}},
		{name: "a portal", role: "node", fault: secretstest.Fault{Kind: secretstest.NotJSON, After: 1, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, words: []string{"not the id of an instance"}},
		{name: "hang", role: "node", fault: secretstest.Fault{Kind: secretstest.Hang, Times: forever}, code: CodeFactUnavailable, kind: secrets.Unavailable, words: []string{"no answer in time"}},
		{name: "huge", role: "node", fault: secretstest.Fault{Kind: secretstest.Endless, Times: forever}, code: CodeAnswerTooLarge, kind: secrets.Invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := store(t)
			s.SetInstanceRole(test.role)
			testEnv{"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": s.URL()}.set(t)
			if test.fault.Kind != "" {
				test.fault.Op = secretstest.OpIMDS
				s.Script(test.fault)
			}
			values, errs := metadataOf().Facts(t.Context(), 3*time.Second, []string{secrets.FactInstanceID})
			if test.code != "" {
				want(t, one(t, errs), test.code, test.kind, append(test.words, "${host.instance-id}", "instance metadata")...)
				return
			}
			if len(errs) > 0 || values[secrets.FactInstanceID] != "i-0123456789abcdef0" {
				t.Errorf("%v, %v", values, errs)
			}
		})
	}
}

func TestFactsStop(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Script(secretstest.Fault{Op: secretstest.OpTask, Kind: secretstest.Hang, Times: forever})
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		_ = s.Await(t.Context(), 1)
		cancel(fmt.Errorf("stopped"))
	}()
	_, errs := metadataOf(inTaskOf(s)).Facts(ctx, 0, []string{secrets.FactCluster})
	if err := one(t, errs); !strings.Contains(err.Error(), "stopped") {
		t.Errorf("%v", err)
	}
}
