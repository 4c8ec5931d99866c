//go:build linux

package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

const (
	metadataURI  = "ECS_CONTAINER_METADATA_URI_V4"
	metadataFile = "ECS_CONTAINER_METADATA_FILE"
)

// A factBoot is a boot of a profile of its own, without flags of its own, in an environment of its own.
type factBoot struct {
	t     *testing.T
	store *store
	dir   string
	env   []string
}

func newFactBoot(t *testing.T) *factBoot {
	t.Helper()
	s := memoryStore(t)
	s.memory.SetInstanceRole("node")
	dir := t.TempDir()
	return &factBoot{t, s, dir, append(s.env, "PATH="+os.Getenv("PATH"), "TSBOOT_RUN_DIR="+dir, "TSBOOT_REFRESH_PROBATION=0s")}
}

// inTask sets what the ECS agent sets.
func (b *factBoot) inTask() { b.env = append(b.env, metadataURI+"="+b.store.memory.TaskURL()) }

// metadata writes the container's metadata file.
func (b *factBoot) metadata(text string) string {
	return writeFile(b.t, filepath.Join(b.dir, "ecs-container-metadata.json"), text, 0o600)
}

// profile writes a profile whose only file, which it returns, has this content.
func (b *factBoot) profile(content, more string) (profile, file string) {
	b.t.Helper()
	file = filepath.Join(b.dir, "out")
	return writeFile(b.t, filepath.Join(b.dir, "profile.yaml"),
		fmt.Sprintf("name: facts\nfiles: [{path: %q, format: text, text: '%s'}]\n%s\n", file, content, more), 0o600), file
}

func (b *factBoot) start(args ...string) *process {
	b.t.Helper()
	cmd := exec.Command(tsbootBinary(b.t), args...)
	cmd.Env = b.env
	return start(b.t, cmd)
}

const once = `run: {argv: [/bin/true], restart: "no"}`

// metadataFaults are ways in which the task metadata endpoint can be wrong, and the end of a boot that needs it.
var metadataFaults = map[string]struct {
	fault secretstest.Fault
	task  map[string]any
	code  int
	words string
}{
	"hangs":         {fault: secretstest.Fault{Kind: secretstest.Hang}, code: 69, words: "no answer in time"},
	"hangs midway":  {fault: secretstest.Fault{Kind: secretstest.HangBody}, code: 69, words: "no answer in time"},
	"slow":          {fault: secretstest.Fault{Kind: secretstest.Slow, Delay: secretstest.Duration(800 * time.Millisecond), Times: 1}, code: 0},
	"500":           {fault: secretstest.Fault{Kind: secretstest.ServerError}, code: 69, words: "HTTP 500"},
	"500 at first":  {fault: secretstest.Fault{Kind: secretstest.ServerError, Times: 2}, code: 0},
	"closes":        {fault: secretstest.Fault{Kind: secretstest.Close}, code: 69},
	"404":           {fault: secretstest.Fault{Kind: secretstest.HTML, Status: 404}, code: 78, words: "HTTP 404"},
	"a portal":      {fault: secretstest.Fault{Kind: secretstest.NotJSON}, code: 69, words: "not JSON"},
	"empty":         {fault: secretstest.Fault{Kind: secretstest.NoBody}, code: 69},
	"huge":          {fault: secretstest.Fault{Kind: secretstest.Endless}, code: 78, words: "1024 KiB"},
	"compressed":    {fault: secretstest.Fault{Kind: secretstest.GzipBomb}, code: 78, words: "1024 KiB"},
	"without it":    {task: map[string]any{"Cluster": nil}, code: 78, words: "Cluster is missing"},
	"of a list":     {task: map[string]any{"Cluster": []string{"a"}}, code: 78, words: "Cluster is missing"},
	"another ARN":   {task: map[string]any{"Cluster": "arn:aws:s3:::cluster/x"}, code: 78, words: "arn:aws:s3"},
	"by ARN, right": {task: map[string]any{"Cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/security"}, code: 0},
}

// TestMetadataFaults: whatever the endpoint does, a boot that needs no fact goes on, and one that does ends with the
// code, naming the fact, the place and the answer.
func TestMetadataFaults(t *testing.T) {
	t.Parallel()
	for name, test := range metadataFaults {
		for _, needed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, needed %v", name, needed), func(t *testing.T) {
				t.Parallel()
				b := newFactBoot(t)
				b.inTask()
				b.store.secret("/app/x", "v")
				b.store.memory.SetTask(test.task)
				if fault := test.fault; fault.Kind != "" {
					fault.Op = secretstest.OpTask
					if fault.Times == 0 {
						fault.Times = secretstest.Forever
					}
					b.store.memory.Script(fault)
				}
				content, timeout := "plain", "5m"
				if needed {
					content, timeout = "${ecs.cluster|raw}", "4s"
				}
				profile, file := b.profile(content, once)
				p := b.start("--profile", profile, "--ssm-path", "/app", "--fetch-timeout", timeout)
				if !needed {
					p.wantExit(0)
					if n := len(b.store.memory.Calls(secretstest.OpTask)); n > 1 {
						t.Errorf("%d requests for what nothing needs", n)
					}
					return
				}
				p.wantExit(test.code)
				if test.code != 0 {
					if !hasLine(p.stderr(), "${ecs.cluster}", metadataURI, b.store.memory.TaskURL(), test.words) {
						t.Errorf("the message does not say it:\n%s", p.stderr())
					}
					return
				}
				if got := readFile(t, file); got != "security" {
					t.Errorf("%q", got)
				}
			})
		}
	}
}

// TestMetadataRedirect: another host is not asked in the place of the one that ECS named.
func TestMetadataRedirect(t *testing.T) {
	t.Parallel()
	b := newFactBoot(t)
	redirect := httptest.NewServer(http.RedirectHandler(b.store.memory.TaskURL()+"/task", http.StatusTemporaryRedirect))
	defer redirect.Close()
	b.env = append(b.env, metadataURI+"="+redirect.URL)
	profile, _ := b.profile("${ecs.family|raw}", once)
	p := b.start("--profile", profile, "--fetch-timeout", "5s")
	p.wantExit(69)
	if !hasLine(p.stderr(), "HTTP 307", "${ecs.family}") || len(b.store.memory.Calls()) > 0 {
		t.Errorf("calls %v\n%s", b.store.memory.Calls(), p.stderr())
	}
}

// TestFactsNotHere: outside of ECS and EC2 a boot that needs no fact asks nobody, and one that does says what is missing.
func TestFactsNotHere(t *testing.T) {
	t.Parallel()
	for fact, test := range map[string]struct {
		env  string
		code int
		say  string
	}{
		"ecs.cluster":            {"", 78, metadataURI + ": it is not set"},
		"ecs.task-id":            {metadataURI + "=http://127.0.0.1:1/v4/x", 69, "connection refused"},
		"ecs.family":             {metadataURI + "=not-a-url", 64, metadataURI},
		"ecs.container-instance": {metadataFile + "=/nonexistent", 78, "no such file"},
		"host.instance-id":       {"AWS_EC2_METADATA_DISABLED=true", 78, "AWS_EC2_METADATA_DISABLED is true"},
		"host.name":              {"", 0, ""},
		"plain":                  {"", 0, ""},
	} {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			b := newFactBoot(t)
			if test.env != "" {
				b.env = append(b.env, test.env)
			}
			content := "${" + fact + "|raw}"
			if fact == "plain" {
				content = fact
			}
			profile, file := b.profile(content, once)
			p := b.start("--profile", profile, "--fetch-timeout", "2s")
			p.wantExit(test.code)
			if test.code != 0 && !hasLine(p.stderr(), test.say) {
				t.Errorf("the message does not say %q:\n%s", test.say, p.stderr())
			}
			if calls := b.store.memory.Calls(); len(calls) > 0 {
				t.Errorf("asked: %+v", calls)
			}
			if host, err := os.Hostname(); fact == "host.name" && (err != nil || readFile(t, file) != host) {
				t.Errorf("%q, want %q (%v)", readFile(t, file), host, err)
			}
		})
	}
}

// TestFactsOfTheInstance asks the instance metadata service and reads the container's file, which is not finished at first.
func TestFactsOfTheInstance(t *testing.T) {
	t.Parallel()
	b := newFactBoot(t)
	b.inTask()
	const ready = `{"ContainerInstanceARN":"arn:aws:ecs:us-east-1:111122223333:container-instance/security/1f73","MetadataFileStatus":"READY"}`
	b.env = append(b.env, metadataFile+"="+b.metadata(ready[:40]))
	profile, file := b.profile("${ecs.container-instance|raw} ${host.instance-id|raw} ${ecs.availability-zone|raw}", once)
	p := b.start("--profile", profile, "--fetch-timeout", "1m")
	wait.For(t, aLongTime, "the instance was asked", func() bool { return len(b.store.memory.Calls(secretstest.OpIMDS)) > 0 })
	b.metadata(ready)
	p.wantExit(0)
	if got := readFile(t, file); got != "1f73 i-0123456789abcdef0 us-east-1a" {
		t.Errorf("%q", got)
	}
}

// TestChangedFact: a refresh asks again for the facts that are used, for no other and not who tsboot is.
func TestChangedFact(t *testing.T) {
	t.Parallel()
	b := newFactBoot(t)
	b.inTask()
	asked := func() int { return len(b.store.memory.Calls(secretstest.OpTask)) }
	profile, file := b.profile("revision ${ecs.revision|raw}", "run: {argv: [/bin/sleep, '1000'], refresh-signal: SIGHUP}")
	p := b.start("--profile", profile)
	p.wantLog("booted")
	if !hasLine(p.stderr(), "booted", "security", "158d1c8083dd49d6b527399fd6414f5c") {
		t.Errorf("the report does not have the task:\n%s", p.stderr())
	}
	status := b.start("status", "--json")
	status.wantExit(0)
	for _, key := range []string{`"cluster": *"security"`, `"family": *"agent"`, `"availability_zone": *"us-east-1a"`, `"image": *"111122223333`} {
		if !regexp.MustCompile(key).MatchString(status.stdout()) {
			t.Errorf("status has no %s:\n%s", key, status.stdout())
		}
	}
	before := asked()
	p.signal(syscall.SIGHUP)
	wait.For(t, aLongTime, "a refresh without a change", func() bool { return strings.Contains(p.stderr(), "refreshed") })
	if n := asked() - before; n != 1 {
		t.Errorf("%d requests of a refresh", n)
	}
	b.store.memory.SetTask(map[string]any{"Revision": "8"})
	p.signal(syscall.SIGHUP)
	wait.For(t, aLongTime, "the new revision is in the file", func() bool { return readFile(t, file) == "revision 8" })
	wait.For(t, aLongTime, "the agent starts again", func() bool { return strings.Count(p.stderr(), "agent started") == 2 })
	p.signal(syscall.SIGTERM)
	p.exitCode(aLongTime)
}

// TestFactsInAnOutage: with use-existing, an endpoint that does not answer is an outage, unless a command needs the fact.
func TestFactsInAnOutage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		argv    string
		metaOff bool // the task's metadata does not answer
		away    bool // Parameter Store does not answer
		code    int
		words   string
	}{
		"metadata, needed by a file":                {"[/bin/true]", true, false, 0, "running on the files of an earlier boot"},
		"metadata, needed by an argument":           {"[/bin/true, '${ecs.cluster}']", true, false, 69, "files of an earlier boot cannot be used"},
		"Parameter Store, fact in an argument":      {"[/bin/true, '${ecs.cluster}']", false, true, 0, "running on the files of an earlier boot"},
		"both, needed by a file":                    {"[/bin/true]", true, true, 0, "running on the files of an earlier boot"},
		"both, the argument's fact is the kernel's": {"[/bin/true, '${host.name}']", true, true, 0, "running on the files of an earlier boot"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newFactBoot(t)
			b.inTask()
			b.store.secret("/app/x", "v")
			profile, _ := b.profile("${ecs.cluster|raw}", `run: {restart: "no", argv: `+test.argv+"}")
			boot := func() *process {
				return b.start("--profile", profile, "--ssm-path", "/app", "--fetch-timeout", "2s", "--on-fetch-failure", "use-existing")
			}
			boot().wantExit(0)
			if test.metaOff {
				b.store.memory.Script(secretstest.Fault{Op: secretstest.OpTask, Kind: secretstest.ServerError, Times: secretstest.Forever})
			}
			if test.away {
				b.store.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
			}
			p := boot()
			p.wantExit(test.code)
			if !hasLine(p.stderr(), test.words) {
				t.Errorf("the log does not say %q:\n%s", test.words, p.stderr())
			}
		})
	}
}
