package runtime

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/tsboot/tsboot/integration/dockerd"
	"github.com/tsboot/tsboot/integration/require"
)

// realEngine is a dockerd of the test's own, without networks, which ends with the test.
type realEngine struct {
	*client.Client
	t      *testing.T
	dir    string
	docker *dockerd.Engine
}

// startEngine starts dockerd with a directory before the others in its PATH.
func startEngine(t *testing.T, bin string) *realEngine {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	e := &realEngine{t: t, dir: dir, docker: dockerd.New(dir, []string{"PATH=" + bin + ":" + os.Getenv("PATH")}, "--live-restore")}
	if e.Client, err = client.New(client.WithHost(e.docker.Host())); err != nil {
		t.Fatal(err)
	}
	e.start()
	t.Cleanup(func() {
		e.removeAll()
		if err := e.docker.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the engine's log ends with %s", e.docker.Log())
		}
	})
	return e
}

func (e *realEngine) start() {
	e.t.Helper()
	if err := e.docker.Start(); err != nil {
		e.t.Fatal(err)
	}
}

// removeAll removes what a test that failed has left: with --live-restore it outlives the engine.
func (e *realEngine) removeAll() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	left, _ := e.ContainerList(ctx, client.ContainerListOptions{All: true})
	for _, c := range left.Items {
		_, _ = e.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true})
	}
	_ = exec.CommandContext(ctx, "ctr", "--address", e.docker.Containerd(), "--namespace", "default", "tasks", "delete", "--force", "mine").Run()
}

// image makes an image of busybox.
func (e *realEngine) image(name, tag string) {
	e.t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		e.t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	_ = w.WriteHeader(&tar.Header{Name: "bin/busybox", Mode: 0o755, Size: int64(len(program))})
	_, _ = w.Write(program)
	if err := w.Close(); err != nil {
		e.t.Fatal(err)
	}
	answer, err := e.ImageImport(e.t.Context(), client.ImageImportSource{Source: &archive, SourceName: "-"}, name, client.ImageImportOptions{Tag: tag})
	if err != nil {
		e.t.Fatal(err)
	}
	defer answer.Close()
	if _, err := io.Copy(io.Discard, answer); err != nil {
		e.t.Fatal(err)
	}
}

func (e *realEngine) create(name, image string, labels map[string]string) string {
	e.t.Helper()
	made, err := e.ContainerCreate(e.t.Context(), client.ContainerCreateOptions{
		Name:       name,
		Config:     &container.Config{Image: image, Labels: labels, Cmd: []string{"/bin/busybox", "sleep", "1000"}},
		HostConfig: &container.HostConfig{NetworkMode: "none"},
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return made.ID
}

// run starts a container, and gives the pid of its first process.
func (e *realEngine) run(name, image string, labels map[string]string) (id string, pid int) {
	e.t.Helper()
	id = e.create(name, image, labels)
	if _, err := e.ContainerStart(e.t.Context(), id, client.ContainerStartOptions{}); err != nil {
		e.t.Fatal(err)
	}
	return id, e.pid(id)
}

func (e *realEngine) pid(id string) int {
	e.t.Helper()
	found, err := e.ContainerInspect(e.t.Context(), id, client.ContainerInspectOptions{})
	if err != nil {
		e.t.Fatal(err)
	}
	return found.Container.State.Pid
}

func (e *realEngine) remove(id string) {
	e.t.Helper()
	if _, err := e.ContainerRemove(e.t.Context(), id, client.ContainerRemoveOptions{Force: true}); err != nil {
		e.t.Error(err)
	}
}

// runBelow starts a container without Docker, and gives the pid of its first process.
func (e *realEngine) runBelow(id, image, label string) int {
	e.t.Helper()
	saved, err := e.ImageSave(e.t.Context(), []string{image})
	if err != nil {
		e.t.Fatal(err)
	}
	defer saved.Close()
	archive, err := io.ReadAll(saved)
	if err != nil {
		e.t.Fatal(err)
	}
	if err := os.WriteFile(e.dir+"/image.tar", archive, 0o600); err != nil {
		e.t.Fatal(err)
	}
	e.ctr("images", "import", e.dir+"/image.tar")
	e.ctr("run", "--detach", "--null-io", "--label", label, "docker.io/library/"+image, id, "/bin/busybox", "sleep", "1000")
	for _, line := range strings.Split(e.ctr("tasks", "list"), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == id {
			pid, _ := strconv.Atoi(fields[1])
			return pid
		}
	}
	e.t.Fatalf("%s does not run", id)
	return 0
}

func (e *realEngine) ctr(args ...string) string {
	e.t.Helper()
	out, err := exec.Command("ctr", append([]string{"--address", e.docker.Containerd(), "--namespace", "default"}, args...)...).CombinedOutput()
	if err != nil {
		e.t.Fatalf("ctr %s: %v: %s", args, err, out)
	}
	return string(out)
}

func isInit(r *Runtimes, pid int, id string) func() bool {
	return func() bool { found, ok := r.ContainerOfInit(pid, time.Now()); return ok && found == id }
}

// TestRealDocker goes through the life of containers with a real engine, from its start to its restart.
func TestRealDocker(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "dockerd", "busybox", "ctr", "ps")
	bin := t.TempDir()
	seen := filepath.Join(bin, "seen")
	script := fmt.Sprintf("#!/bin/sh\necho $$ $PPID >>%s\nPATH=${PATH#*:} exec ps \"$@\"\n", seen)
	if err := os.WriteFile(filepath.Join(bin, "ps"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	e := startEngine(t, bin)
	e.image("app", "v1")
	first, firstPID := e.run("first", "app:v1", nil)
	r := follow(t, Options{Docker: e.docker.Host()})
	connected(t, r)

	t.Run("there before", func(t *testing.T) {
		until(t, "its first process is known", isInit(r, firstPID, first))
		c := known(t, r, first)
		if c.Name != "first" || c.Image.Name != "app" || c.Image.Tag != "v1" || len(c.Image.Hashes) != 1 || !isDigest(c.Image.Hashes[0]) {
			t.Errorf("it is %+v", c)
		}
	})

	t.Run("hostile", func(t *testing.T) {
		labels := map[string]string{
			"name": "other", "image": "other:1", "exitCode": "0", "a\nb\"\xff": "\x00\x1b[31m", "big": strings.Repeat("x", 100<<10),
			"io.kubernetes.pod.name": "\x1b]0;x\a\"}", "com.amazonaws.ecs.cluster": "main",
		}
		id := e.create("hostile", "app:v1", labels)
		defer e.remove(id)
		c := known(t, r, id)
		if c.Name != "hostile" || c.Image.Name != "app" || c.Labels["com.amazonaws.ecs.cluster"] != "main" || len(c.Labels) != 2 {
			t.Errorf("it is %+v", c)
		}
	})

	t.Run("huge", func(t *testing.T) {
		id := e.create("huge", "app:v1", map[string]string{"big": strings.Repeat("x", 2*answerLimit)})
		defer e.remove(id)
		if c := r.Await(t.Context(), id); c.Missing == "" {
			t.Errorf("it is %+v", c)
		}
		if !r.Stats()[0].Connected || r.Stats()[0].Connections != 1 {
			t.Errorf("the connection is %+v", r.Stats()[0])
		}
	})

	t.Run("removed at once", func(t *testing.T) {
		id := e.create("short", "app:v1", map[string]string{"io.kubernetes.pod.uid": "u"})
		e.remove(id)
		c := known(t, r, id)
		if c.Name != "short" || c.Image.Name != "app" || c.Image.Tag != "v1" || c.Labels["io.kubernetes.pod.uid"] != "u" {
			t.Errorf("it is %+v", c)
		}
	})

	t.Run("the tag has moved", func(t *testing.T) {
		before := known(t, r, first)
		e.image("app", "v1")
		id := e.create("newer", "app:v1", nil)
		defer e.remove(id)
		c := known(t, r, id)
		again := follow(t, Options{Docker: e.docker.Host()})
		old := known(t, again, first)
		if c.Image.Name != "app" || slices.Equal(c.Image.Hashes, before.Image.Hashes) || fmt.Sprint(old.Image) != fmt.Sprint(before.Image) {
			t.Errorf("the new one is of %v, the old one of %v, before of %v", c.Image, old.Image, before.Image)
		}
	})

	t.Run("fifty", func(t *testing.T) {
		var all sync.WaitGroup
		ids := make([]string, 50)
		for i := range ids {
			all.Go(func() { ids[i] = e.create(fmt.Sprint("many-", i), "app:v1", nil) })
		}
		all.Wait()
		for i, id := range ids {
			if c := known(t, r, id); c.Name != fmt.Sprint("many-", i) {
				t.Errorf("%d is %+v", i, c)
			}
			all.Go(func() { e.remove(id) })
		}
		all.Wait()
		until(t, "one is left", func() bool { return r.Stats()[0].Containers == 1 })
	})

	t.Run("top", func(t *testing.T) {
		if id, ok := r.Top(t.Context(), firstPID); !ok || id != first {
			t.Errorf("its process is of %q", id)
		}
		text, err := os.ReadFile(seen)
		fields := strings.Fields(string(text))
		if err != nil || len(fields) != 2 {
			t.Fatalf("the engine has started %q: %v", text, err)
		}
		pid, _ := strconv.Atoi(fields[0])
		ppid, _ := strconv.Atoi(fields[1])
		if !r.IsOwn(pid, ppid, "/usr/bin/ps") {
			t.Errorf("the engine's ps %d of %d, with the engine %d, is not known as such", pid, ppid, e.docker.PID())
		}
	})

	t.Run("containerd", func(t *testing.T) {
		below := follow(t, Options{Containerd: e.docker.Containerd()})
		until(t, "the first process is known without Docker", isInit(below, firstPID, first))
		if id, ok := below.Top(t.Context(), firstPID); ok {
			t.Errorf("a container of Docker is listed as %q", id)
		}
		if c := await(t, below, first); c.Missing != missingUnknown || c.ID != first {
			t.Errorf("it is %+v", c)
		}
		id, pid := e.run("second", "app:v1", nil)
		defer e.remove(id)
		until(t, "its start is known", isInit(below, pid, id))
		until(t, "its start is known to Docker's", isInit(r, pid, id))
	})

	t.Run("containerd alone", func(t *testing.T) {
		below := follow(t, Options{Containerd: e.docker.Containerd()})
		connected(t, below)
		pid := e.runBelow("mine", "app:v1", "io.kubernetes.pod.name=web-1")
		until(t, "its first process is known", isInit(below, pid, "mine"))
		c := await(t, below, "mine")
		if c.Name != "mine" || c.Runtime != "containerd" || c.Image.Name != "app" || c.Image.Tag != "v1" || len(c.Image.Hashes) != 1 ||
			c.Labels["io.kubernetes.pod.name"] != "web-1" {
			t.Errorf("it is %+v", c)
		}
		if id, ok := below.Top(t.Context(), pid); !ok || id != "mine" {
			t.Errorf("its process is of %q", id)
		}
		e.ctr("tasks", "delete", "--force", "mine")
		e.ctr("containers", "delete", "mine")
		until(t, "its end is known", func() bool { return below.Stats()[0].Containers == 0 })
	})

	t.Run("restart", func(t *testing.T) {
		if err := e.docker.End(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		until(t, "the loss is noticed", func() bool { return !r.Stats()[0].Connected })
		if c := r.Await(t.Context(), first); c.Name != "first" {
			t.Errorf("without the engine it is %+v", c)
		}
		e.start()
		id, pid := e.run("third", "app:v1", nil)
		until(t, "what came after the restart is known", isInit(r, pid, id))
		if c := await(t, r, id); c.Name != "third" {
			t.Errorf("it is %+v", c)
		}
		if !isInit(r, firstPID, first)() || e.pid(first) != firstPID {
			t.Error("what ran on is forgotten")
		}
		e.remove(id)
		e.remove(first)
		until(t, "the ends are known", func() bool { return r.Stats()[0].Containers == 0 })
	})
}
