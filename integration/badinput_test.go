//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// badInput is something wrong with the place a boot runs in: how to make it so, and how the boot must end.
type badInput struct {
	arrange func(*container)
	env     []string
	args    []string // after the source of the parameters; nil: none
	code    int
	log     []string // words of one line of the log: what, where, and what to do
}

func mounted(m containerMount) func(*container) {
	return func(c *container) { c.spec.Mounts = append(c.spec.Mounts, m) }
}

func program(inside, content string, mode os.FileMode) func(*container) {
	return func(c *container) { writeFile(c.t, c.path(inside), content, mode) }
}

// foreign makes a whole program for another processor: this machine's, with RISC-V in its header.
func foreign(inside string) func(*container) {
	return func(c *container) {
		binary := []byte(readFile(c.t, fakeAgentBinary(c.t)))
		binary[18], binary[19] = 0xf3, 0
		writeFile(c.t, c.path(inside), string(binary), 0o755)
	}
}

var badInputs = map[string]badInput{
	"config directory read-only": {
		arrange: mounted(containerMount{Target: "/etc/ts-agent", ReadOnly: true}), code: 73,
		log: []string{"/etc/ts-agent", "read-only"}},
	"config directory full": {
		arrange: func(c *container) { // one page, which is taken
			c.spec.Mounts = append(c.spec.Mounts, containerMount{Target: "/etc/ts-agent", Options: "size=4k"})
			c.store.plain("/threatstack/prod/ruleset", strings.Repeat("x", 4096)) // with all the rest it needs two
		}, code: 73, log: []string{"/etc/ts-agent", "no space left"}},
	"config file bind-mounted": {
		arrange: func(c *container) {
			source := writeFile(c.t, filepath.Join(c.t.TempDir(), "mounted.json"), "{}", 0o644)
			writeFile(c.t, c.path(configFile), "", 0o644)
			c.spec.Mounts = append(c.spec.Mounts, containerMount{Source: source, Target: configFile})
		}, code: 73, log: []string{configFile, "mount"}},
	"config directory that others may write to": {
		arrange: func(c *container) {
			if err := os.Chmod(c.path("/etc/ts-agent"), 0o777); err != nil {
				c.t.Fatal(err)
			}
		}, code: 73, log: []string{"/etc/ts-agent"}},
	"no agent installed": {
		arrange: func(c *container) { removeAll(c.t, c.path("/opt/threatstack")) }, code: 64,
		log: []string{"threatstack-1", "threatstack-2"}},
	"two agents installed": {
		arrange: func(c *container) {
			for _, name := range []string{"/opt/threatstack/bin/tsagent", "/opt/threatstack/sbin/tsagentd"} {
				program(name, "", 0o755)(c)
			}
		}, code: 64, log: []string{"threatstack-1", "threatstack-2"}},
	"command missing":            {args: []string{"--", "/opt/nope"}, code: 127, log: []string{"/opt/nope"}},
	"command missing from PATH":  {args: []string{"--", "nope"}, code: 127, log: []string{"nope", "PATH"}},
	"command is a directory":     {args: []string{"--", "/opt"}, code: 126, log: []string{"/opt"}},
	"command not executable":     {arrange: program("/opt/plain", "text", 0o644), args: []string{"--", "/opt/plain"}, code: 126, log: []string{"/opt/plain", "execute permission"}},
	"command of another machine": {arrange: foreign("/opt/foreign"), args: []string{"--", "/opt/foreign"}, code: 126, log: []string{"/opt/foreign", "riscv64"}},
	"script without #!":          {arrange: program("/opt/script", "echo hello\n", 0o755), args: []string{"--", "/opt/script"}, code: 126, log: []string{"/opt/script", "#!"}},
	"script with a missing interpreter": {
		arrange: program("/opt/script", "#!/opt/no/such/sh\n", 0o755), args: []string{"--", "/opt/script"}, code: 127, log: []string{"/opt/script", "/opt/no/such/sh"}},
	"setup program of another machine": {arrange: foreign("/opt/threatstack/bin/cloudsight"), code: 76, log: []string{"setup", "cloudsight", "riscv64"}},
	"setup fails": {
		arrange: func(c *container) { c.misbehave(`{"setup":{"exit":9,"print":"backend says no"}}`) }, code: 76,
		log: []string{"setup", "9", "backend says no"}},
	"no such user":         {args: []string{"--user", "nobody-here", "--", "/opt/x"}, code: 64, log: []string{"nobody-here"}},
	"no such directory":    {args: []string{"--working-dir", "/no/such", "--", "/opt/x"}, code: 64, log: []string{"/no/such"}},
	"agent ends at once":   {arrange: func(c *container) { c.misbehave(`{"run":{"end":true}}`) }, args: limited, code: 75, log: []string{"gave up"}},
	"agent fails at once":  {arrange: func(c *container) { c.misbehave(`{"run":{"exit":4}}`) }, args: limited, code: 4, log: []string{"gave up"}},
	"no HOME, odd entries": {env: []string{"NOEQUALSSIGN", "=weird", "", "HOME="}, args: []string{"--", "/opt/threatstack/bin/cloudsight", "status", "-q"}, code: 1},
}

var limited = []string{"--start-limit-burst", "3", "--backoff-initial", "1ms"}

func removeAll(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// TestBadInput: each ends with the code of the contract and a line that says what, where and what to do; nothing
// half-made is left.
func TestBadInput(t *testing.T) {
	t.Parallel()
	for name, in := range badInputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := prodStore(memoryStore(t))
			c := newThreatStack(t, 1, s)
			if in.arrange != nil {
				in.arrange(c)
			}
			args := in.args
			if !slices.Contains(args, "--") {
				args = append([]string{"--ssm-path", s.path("/threatstack/prod")}, args...)
			}
			p := c.boot(in.env, args...)
			p.wantExit(in.code)
			wantLogged(t, p, in.log)
			if left := besideConfig(c.path("/etc/ts-agent")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// besideConfig lists what stands beside the config. Where that was written, so was its record.
func besideConfig(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	config := filepath.Base(configFile)
	list := make([]string, 0, len(entries))
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	if slices.Contains(list, config) {
		list = slices.DeleteFunc(list, func(name string) bool { return name == config || name == ".tsboot-record-"+config })
	}
	return list
}

// TestFullDisk looks into the full file system while it is still mounted: the old file is whole, nothing lies beside it.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := prodStore(memoryStore(t))
	s.plain("/threatstack/prod/ruleset", strings.Repeat("x", 60<<10))
	c := newThreatStack(t, 1, s)
	disk := containerMount{Target: "/etc/ts-agent", Options: "size=32k"}
	c.spec.Mounts = append(c.spec.Mounts, disk)
	// PID 1 of the container is tsboot, which supervises a second tsboot: when that one has ended, the file system is still there.
	p := c.boot(nil, "exec", "--restart", "always", "--backoff-initial", "1h", "--backoff-max", "1h", "--", "/tsboot", "--ssm-path", s.path("/threatstack/prod"))
	p.wantLog("no space left")
	p.wantLog("agent exited", "73")
	dir := filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "root", "etc/ts-agent")
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("on the full disk there is %v (%v)", entries, err)
	}
	c.stop(p)
}

// TestStandardErrorGone: a boot does not need anybody to read its log.
func TestStandardErrorGone(t *testing.T) {
	t.Parallel()
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		s := prodStore(memoryStore(t))
		c := newThreatStack(t, 1, s)
		c.spec.Closed = []int{0, 1, 2}
		p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"))
		c.awaitReady(p, 1)
		c.wantConfig(configFile, "ruleset", "Base Rule Set, Docker Rule Set")
		if code := c.stop(p); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("blocked", func(t *testing.T) {
		t.Parallel()
		s := prodStore(memoryStore(t))
		c := newThreatStack(t, 1, s)
		c.misbehave(`{"run":{"exit":1,"after":1000000}}`) // so that there is much to log
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		fillPipe(t, writer)
		c.stderr = writer
		p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"), "--backoff-initial", "1ms", "--backoff-max", "1ms", "--start-limit-burst", "0")
		writer.Close()
		c.awaitReady(p, 12)
		c.sendTo(p, syscall.SIGTERM)
		if code := p.exitCode(aLongTime); code != 0 && code != 1 && code != 128+15 {
			t.Errorf("exit code %d", code)
		}
	})
}

// fillPipe writes until the pipe takes no more.
func fillPipe(t *testing.T, writer *os.File) {
	t.Helper()
	fd := int(writer.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 4096); ; {
		if _, err := syscall.Write(fd, chunk); err == syscall.EAGAIN {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for one := make([]byte, 1); ; {
		if _, err := syscall.Write(fd, one); err != nil {
			break
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
}

// TestUnknownUID: neither tsboot itself nor the agent needs an entry in /etc/passwd.
func TestUnknownUID(t *testing.T) {
	t.Parallel()
	t.Run("tsboot", func(t *testing.T) {
		t.Parallel()
		s := prodStore(memoryStore(t))
		c := newThreatStack(t, 2, s)
		c.spec.UID, c.spec.GID = 54321, 54321
		c.leaks.argvMay = []string{"tsagent"}
		if err := filepath.WalkDir(c.path("/opt/threatstack"), func(file string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(file, 54321, 54321)
		}); err != nil {
			t.Fatal(err)
		}
		p := c.boot(nil, "--ssm-path", s.path("/threatstack/prod"))
		if agent := c.awaitReady(p, 1); agent.UID != 54321 {
			t.Errorf("the agent runs as %d", agent.UID)
		}
		if code := c.stop(p); code != 0 {
			t.Errorf("exit code %d\n%s", code, p.stderr())
		}
	})
	t.Run("agent", func(t *testing.T) {
		t.Parallel()
		s := memoryStore(t)
		c := newThreatStack(t, 2, s)
		if err := os.MkdirAll(c.path("/opt/threatstack/etc/fake"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(c.path("/opt/threatstack/etc/fake"), 54321, 54322); err != nil {
			t.Fatal(err)
		}
		c.boot(nil, "exec", "--user", "54321:54322", "--", "/opt/threatstack/bin/tsagent", "version").wantExit(0)
		call := c.calls("tsagent", "version")[0]
		if call.UID != 54321 || call.GID != 54322 {
			t.Errorf("the command ran as %d:%d", call.UID, call.GID)
		}
	})
}
