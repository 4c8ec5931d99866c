package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/stage"
	"github.com/tsboot/tsboot/integration/watch/rootfs"
	"github.com/tsboot/tsboot/integration/watch/scene"
)

const (
	// liveUser is nobody's: the kernel records what runs as this user, and nothing else.
	liveUser = 54327
	// takeAway bounds what is done when the demo has ended, or was ended.
	takeAway = 20 * time.Second
)

// live is the attack on this machine, in a container of its own. The programs in it are stand-ins: each waits until the
// collector has its alert, and does nothing else.
type live struct {
	image, container string
	home             string // of the host's scp
	server           *scene.Server
	before           *audit.Lease
}

// missing says why the attack cannot be live here; nil: it can.
func missing() (*audit.Lease, error) {
	if os.Getenv("RECORDED") != "" {
		return nil, errors.New("RECORDED is set")
	}
	if uid := os.Geteuid(); uid != 0 {
		return nil, fmt.Errorf("that needs root, and this is user %d", uid)
	}
	if out, err := exec.Command("docker", "version", "--format", "{{.Server.Version}}").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("that needs Docker: %s", cmp.Or(firstLine(string(out)), err.Error()))
	}
	if _, err := exec.LookPath("auditctl"); err != nil {
		return nil, errors.New("that needs auditctl, of the package auditd or audit, to see that audit is put back")
	}
	before, err := audit.Look()
	if err != nil {
		return nil, errors.New(firstLine(err.Error()))
	}
	return before, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimRight(line, ".?")
}

// openLive makes the image and starts the container. What it has made so far is closed by close, with an error, too.
func openLive(dir string, before *audit.Lease, seen func(pid int) bool) (*live, error) {
	name := "tsboot-demo-" + strings.ToLower(rand.Text()[:8])
	l := &live{image: name + "/nginx:1.27", container: name, before: before}
	standin, err := scene.Build(dir)
	if err != nil {
		return l, err
	}
	program, err := os.ReadFile(standin)
	if err != nil {
		return l, err
	}
	if err := l.makeHome(program); err != nil {
		return l, err
	}
	if l.server, err = scene.Serve(seen); err != nil {
		return l, err
	}
	files := []rootfs.File{{Path: "usr/bin/nginx", Content: program}}
	for _, path := range []string{"usr/bin/apt-get", "usr/bin/curl", "usr/bin/scp", "bin/sh"} {
		files = append(files, rootfs.File{Path: path, Link: "usr/bin/nginx"})
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeAway)
	defer cancel()
	if err := rootfs.Import(ctx, nil, l.image, files); err != nil {
		return l, err
	}
	return l, docker(ctx, "run", "-d", "--name", l.container, "--user", strconv.Itoa(liveUser), "--network", "host", "-e", "SERVER="+l.server.Address, l.image, "nginx")
}

// makeHome puts the host's scp where its user gets to it. Below a directory for temporary files it would be an alert of its own.
func (l *live) makeHome(program []byte) (err error) {
	if l.home, err = os.MkdirTemp("/", "tsboot-demo."); err != nil {
		return err
	}
	return errors.Join(os.Chmod(l.home, 0o755), os.WriteFile(l.scp(), program, 0o755))
}

func (l *live) scp() string { return filepath.Join(l.home, "scp") }

// docker runs a command of the client.
func docker(ctx context.Context, args ...string) error {
	if out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("docker %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

func (l *live) describe() {
	fmt.Printf(`Both programs are the real ones, and so are the kernel and the container: tswatch watches this machine for some seconds.
The kernel records what the user %d runs, who is nobody, and nothing else; tswatch puts audit back at its end. The container
%s is the demo's own. What runs in it are stand-ins, which do nothing. The Parameter Store is in memory,
the collector of the alerts on 127.0.0.1; nothing leaves this machine. RECORDED=1 shows a recording in place of this.

  $ COMMAND   is what runs, and can be copied
  | LINE      is what tswatch prints; the other lines below a command are tsboot's. Long lines are cut
`, liveUser, l.container)
}

func (l *live) change(profile string) string { return profile }

func (l *live) flags() []string {
	args := fmt.Sprintf("--audit-uid %d --containerd off", liveUser)
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		args += " --docker " + host
	}
	return []string{"--set", "host-root=/", "--set", "args=" + args}
}

// happen runs the story, in the container or beside it.
func (l *live) happen(ctx context.Context, s story) error {
	cmd := exec.CommandContext(ctx, l.scp(), s.run[1:]...)
	cmd.Args[0], cmd.Env, cmd.Dir = s.run[0], []string{"SERVER=" + l.server.Address}, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: liveUser, Gid: liveUser}}
	shown := s.run
	if !s.host {
		shown = []string{"docker", "exec"}
		if s.terminal {
			shown = append(shown, "-t")
		}
		shown = append(append(shown, l.container), s.run...)
		cmd = exec.CommandContext(ctx, shown[0], shown[1:]...)
	}
	stage.Command(shown...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(shown, " "), err, out)
	}
	return nil
}

func (l *live) pids(program string) scene.PIDs { return l.server.Visitor(program) }

func (l *live) left() (string, error) { return " Audit is as it was before.", l.before.Differs() }

// close puts audit back where a tswatch that did not come to its stop has not.
func (l *live) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), takeAway)
	defer cancel()
	if l.server != nil {
		l.server.Close()
	}
	_ = docker(ctx, "rm", "-f", l.container) // which may not have come so far
	_ = docker(ctx, "rmi", l.image)
	var faults []error
	if l.home != "" {
		faults = append(faults, os.RemoveAll(l.home))
	}
	if l.before.Differs() != nil {
		faults = append(faults, l.before.Reset())
	}
	return errors.Join(faults...)
}
