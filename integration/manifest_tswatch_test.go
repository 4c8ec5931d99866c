//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/integration/watch/rootfs"
	"github.com/tsboot/tsboot/integration/watch/scene"
)

// attributed is what an alert says of where it is from.
type attributed struct {
	Rule      struct{ ID string }
	Process   struct{ PID, VPID int }
	Container struct {
		ID, Name string
		Image    struct {
			Name string
			Tag  []string
		}
	}
	Tswatch struct {
		Attribution struct{ Method string }
	}
}

// alertOf is the alert about the process; false: none has come.
func (a *alertServer) alertOf(t *testing.T, pid int) (found attributed, came bool) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for line := range a.tokens {
		var one attributed
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		if one.Process.PID == pid {
			return one, true
		}
	}
	return found, false
}

// TestManifestOfTswatch: with the capabilities and mounts of a manifest, and no more, an alert says which container it is from,
// with name and image from the engine below the mounted root; tswatch is healthy, and puts audit back. It is not parallel: the
// audit state is the machine's.
func TestManifestOfTswatch(t *testing.T) {
	require.Tools(t, "docker", "root", "auditctl")
	audit.Borrow(t)
	before := audit.State(t)
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "usr/bin/tswatch"), readFile(t, must(t)(buildTswatch())), 0o755)
	image := (&agentImage{kind: "tswatch", root: root, directories: map[string]int{"/etc/tswatch/tsboot": 0, "/run": 0, "/host": 0}}).make(t)
	story := storyImage(t)
	for _, kind := range []string{"ecs", "kubernetes"} { // in the audit daemon's place, and beside it
		t.Run(kind, func(t *testing.T) {
			alerts := &alertServer{tokens: map[string]string{}}
			server := httptest.NewServer(alerts)
			defer server.Close()
			m := manifestRun{profile: "tswatch", kind: kind, image: image, store: memoryStore(t)}
			m.store.secret("/agent/deploy-key", randomSecret())
			m.store.plain("/agent/output", server.URL)
			m.store.plain("/agent/emit", "alerts")
			m.store.plain("/agent/args", fmt.Sprintf("--audit-uid %d --containerd off --docker unix:///host%s", watchedUID, engineSocket()))
			m.run(t, func(*dockerContainer) { wantAttributed(t, alerts, story) })
			after := audit.State(t)
			if rules := audit.Ctl(t, "-l"); after["enabled"] != before["enabled"] || after["pid"] != "0" || !strings.Contains(rules, "No rules") {
				t.Errorf("audit was %v and is %v, with %s", before, after, rules)
			}
		})
	}
}

// wantAttributed runs a package manager in a container, which waits until its alert has come.
func wantAttributed(t *testing.T, alerts *alertServer, image string) {
	t.Helper()
	s, err := scene.Serve(func(pid int) bool { _, came := alerts.alertOf(t, pid); return came })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	file := filepath.Join(t.TempDir(), "id")
	name := "tsboot-it-story-" + strconv.Itoa(os.Getpid())
	docker(t, "run", "--rm", "--name", name, "--cidfile", file, "--user", strconv.Itoa(watchedUID), "--network", "host", "-e", "SERVER="+s.Address, image, "apk", "add", "curl")
	pids := s.Visitor("apk")
	var got attributed
	wait.For(t, aLongTime, "the alert about the package manager", func() bool {
		var came bool
		got, came = alerts.alertOf(t, pids.Host)
		return came
	})
	switch c := got.Container; {
	case got.Rule.ID != "docker-package-manager" || got.Tswatch.Attribution.Method != "cgroup" || got.Process.VPID != pids.Inner:
		t.Errorf("the alert is %+v, of %+v", got, pids)
	case c.ID != readFile(t, file) || c.Name != name || len(c.Image.Tag) != 1 || c.Image.Name+":"+c.Image.Tag[0] != image:
		t.Errorf("the container is %+v, want %s of %s", c, name, image)
	}
}

// storyImage has a stand-in for a package manager.
func storyImage(t *testing.T) string {
	t.Helper()
	standin := must(t)(scene.Build(t.TempDir()))
	name := tag("story")
	if err := rootfs.Import(t.Context(), nil, name, []rootfs.File{{Path: "usr/bin/apk", Content: []byte(readFile(t, standin))}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeImages(name) })
	return name
}
