//go:build linux

package integration

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// firstBoot is a page of docs/start-*.md, followed from its first block to its last in one shell. tsboot and the agent are
// real. What makes images and what starts containers (docker, kubectl, aws, systemctl) is a function of the test, which
// checks its arguments and files, and starts what the manifest says: its arguments, its user, in a container without an
// engine. The test adds an address to listen on, since pages run at once, and a short probation.
type firstBoot struct {
	*docpage.Page
	t     *testing.T
	store *store
	c     *container
	agent *zabbix

	built, pushed string
	prefix        []string // of the command in the container
	more          []string // variables of the container
	boots         int
	running       *process
	file          string // the manifest that runs
}

// vendorUser is the user of the vendor's image, which the page makes directories for.
const vendorUser = 1997

func firstBootOf(t *testing.T, page string) *firstBoot {
	t.Helper()
	require.Tools(t, "root", "zabbix_agent2", "openssl", "jq")
	s := memoryStore(t)
	f := &firstBoot{Page: docpage.Read(t, page), t: t, store: s, c: newAgent(t, s, "/etc/zabbix"), agent: &zabbix{t: t, address: must(t)(freeAddress()), identity: "fleet"}}
	f.Stub("sudo", "#!/bin/sh\nexec \"$@\"\n")
	f.Func("docker", f.docker)
	f.Func("git", f.clone)
	f.Func("make", f.make)
	return f
}

// saved are the files that the page has its reader save, by the language of the block.
var saved = map[string]string{"Dockerfile": "Dockerfile", "json": "app.json"}

// here is the working directory of the reader's shell.
func (f *firstBoot) here() string {
	f.t.Helper()
	return strings.TrimSuffix(readFile(f.t, filepath.Join(f.Dir, ".here")), "\n")
}

// block runs one block as the next of the shell that has run those before, and returns what it prints.
func (f *firstBoot) block(b *docpage.Block, pairs ...string) string {
	f.t.Helper()
	changed := b.With(pairs...)
	changed.Text = "if [ -e ~/.shell ]; then . ~/.shell; fi\n" + changed.Text + "{ export -p; printf 'cd %q\\n' \"$PWD\"; } >~/.shell; pwd >~/.here\n"
	return f.Follow(changed)
}

// all runs every block. Only the words that the page has its reader change are changed.
func (f *firstBoot) all(pairs ...string) {
	f.t.Helper()
	for _, b := range f.Blocks {
		if name := saved[b.Language]; name != "" {
			writeFile(f.t, filepath.Join(f.here(), name), b.Text, 0o644)
		}
		if _, shown := b.Shown(); shown || !b.Commands() {
			continue
		}
		printed := f.block(b, append([]string{"zabbix.example", "127.0.0.1"}, pairs...)...)
		if strings.Contains(b.Text, " check ") && !strings.Contains(printed, "all checks passed") {
			f.t.Errorf("%s:%d: the page has its reader look for a line that is not there\n%s", b.Page, b.Line, printed)
		}
		if f.t.Failed() {
			f.t.FailNow()
		}
	}
	if f.boots == 0 || f.running != nil {
		f.t.Errorf("%d boots, and the last still runs: %v", f.boots, f.running != nil)
	}
}

// isImage is a container of the image that the page makes: the vendor's user, with directories of its own.
func (f *firstBoot) isImage() {
	f.t.Helper()
	f.c.spec.UID, f.c.spec.GID = vendorUser, vendorUser
	for _, dir := range []string{"/run/tsboot", "/etc/zabbix/tsboot"} {
		if err := errors.Join(os.MkdirAll(f.c.path(dir), 0o755), os.Chown(f.c.path(dir), vendorUser, vendorUser)); err != nil {
			f.t.Fatal(err)
		}
	}
}

// start boots with a manifest's arguments.
func (f *firstBoot) start(file string, args []string) {
	f.t.Helper()
	if f.running != nil {
		f.t.Fatal("the page starts a second one")
	}
	host, port, _ := net.SplitHostPort(f.agent.address)
	f.boots++
	f.file = file
	f.running = f.run(append(slices.Clone(args), "--set", "listen-ip="+host, "--set", "listen-port="+port, "--refresh-probation", "1s"))
}

// run runs tsboot as the first program of a container of the image, with the store's environment.
func (f *firstBoot) run(args []string) *process {
	f.t.Helper()
	f.c.spec.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/bin", "HOME=/root"}, slices.DeleteFunc(slices.Clone(f.store.env), func(variable string) bool { return variable == binary.NoSocket })...)
	f.c.spec.Env = append(slices.Clone(f.more), f.c.spec.Env...) // tsboot takes the first one of a name
	return f.c.run(slices.Concat(f.prefix, []string{"/tsboot"}, args)...)
}

// healthy waits until the health check of the manifest is content.
func (f *firstBoot) healthy() {
	f.t.Helper()
	wait.For(f.t, aLongTime, "the health check is content", func() bool {
		return f.running != nil && (f.inside("/tsboot", "health").Code == 0 || !f.running.running())
	})
	if !f.running.running() {
		f.t.Fatalf("it ended\n%s", f.running.stderr())
	}
}

// takes waits until the agent lets in who has the key.
func (f *firstBoot) takes(psk string) {
	f.t.Helper()
	if !wait.Until(aLongTime, func() bool { return f.agent.ask("agent.ping", psk) == "1" || !f.running.running() }) {
		f.t.Fatalf("the agent does not take the key\n%s", f.running.stderr())
	}
}

// stop is what an orchestrator does: SIGTERM.
func (f *firstBoot) stop() {
	f.t.Helper()
	if code := f.c.stop(f.running); code != 0 && code != 143 {
		f.t.Errorf("stopped with %d\n%s", code, f.running.stderr())
	}
	f.c.wantNoStrays()
	f.running = nil
}

// inside runs tsboot in the running container, as its user.
func (f *firstBoot) inside(argv ...string) docpage.Result {
	f.t.Helper()
	if argv[0] != "/tsboot" {
		f.t.Errorf("the image has no %q", argv[0])
		return docpage.Result{Code: 127}
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot: f.c.root, Credential: &syscall.Credential{Uid: uint32(f.c.spec.UID), Gid: uint32(f.c.spec.GID)},
	}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		f.t.Errorf("run %q: %v", argv, err)
		return docpage.Result{Code: 125}
	}
	return docpage.Result{Printed: string(out), Code: cmd.ProcessState.ExitCode()}
}

// once runs tsboot in a container of its own.
func (f *firstBoot) once(args ...string) docpage.Result {
	f.t.Helper()
	strays := f.c.spec.Strays
	p := f.run(args)
	f.c.spec.Strays = strays // of the one that runs
	code := p.exitCode(aLongTime)
	return docpage.Result{Printed: p.stdout() + p.stderr(), Code: code}
}

// unknown is the end of a command that the page may not have.
func (f *firstBoot) unknown(program string, args []string) docpage.Result {
	f.t.Helper()
	f.t.Errorf("this test does not know %s %q", program, args)
	return docpage.Result{Code: 2}
}

// flagsOf reads `--flag value...` after the words of a command. A flag that is not allowed ends the page.
func flagsOf(args []string, allowed ...string) (map[string][]string, error) {
	flags, last := map[string][]string{}, ""
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, "--"):
			name, value, given := strings.Cut(arg, "=")
			if _, twice := flags[name]; twice && !slices.Contains(allowed, name+"...") || !slices.Contains(allowed, name) && !slices.Contains(allowed, name+"...") {
				return nil, fmt.Errorf("the flag %s", arg)
			}
			flags[name], last = append(flags[name], []string{}...), name
			if given {
				flags[name], last = append(flags[name], value), ""
			}
		case last == "":
			return nil, fmt.Errorf("the word %q", arg)
		default:
			flags[last] = append(flags[last], arg)
		}
	}
	return flags, nil
}
