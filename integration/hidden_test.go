//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// nobody is a user that has no rights.
const nobody = 65534

// asNobody has a command run as that user.
func asNobody(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

// nobodysDir is a directory of that user, with a copy of tsboot in it.
func nobodysDir(t *testing.T) (dir, tsboot string) {
	t.Helper()
	dir = t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tsboot = writeFile(t, filepath.Join(dir, "tsboot"), readFile(t, tsbootBinary(t)), 0o755)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return dir, tsboot
}

// spy reads all that the kernel shows of tsboot, of process $1 and its children, for as long as the file "spy" is there.
// It runs as tsboot's own user, as an agent does.
const spy = `: >spying
while [ -e spy ]; do
	for p in $1 $(cat /proc/$1/task/*/children); do
		case $(tr '\0' ' ' </proc/$p/cmdline) in
		*__prepare*) seen=worker ;;
		/*/tsboot" "--ssm-path*) seen=tsboot ;;
		*) continue ;;
		esac
		echo $seen >>seen
		cat /proc/$p/environ >>environ
		(: </proc/$p/mem) && echo $seen >>mem
	done
done 2>>errors
exit 0`

// TestNobodyReadsTheMemory: a process of the same user that is not root, as the agent is, reads neither the environment
// nor the memory of tsboot and of its worker, while all of a boot works as that user. What is executed begins without that.
func TestNobodyReadsTheMemory(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	s := memoryStore(t)
	key := randomSecret()
	s.secret("/app/api-key", key)
	dir, tsboot := nobodysDir(t)
	writeFile(t, filepath.Join(dir, "spy"), "", 0o644)
	profile := writeFile(t, filepath.Join(dir, "profile.yaml"), fmt.Sprintf(`name: hidden
parameters: {api-key: {required: true, secret: true}}
files: [{path: %s/etc/agent.json, format: json, content: {key: "${api-key}"}}]
setup: [{name: prints, argv: [cat, %[1]s/etc/agent.json]}]
run: {argv: [sh, -c, 'cat /proc/$PPID/environ >env-of-tsboot; cat /proc/$$/environ >env-of-agent; : >agent; exec sleep 1000']}
health: {argv: [sh, -c, 'cat /proc/$PPID/environ >>env-of-tsboot; : >health'], interval: 100ms}
`, dir), 0o644)

	// The spy starts first and becomes nobody's eyes on the process that will be tsboot.
	cmd := asNobody(exec.Command("sh", "-c", `while ! [ -e spying ]; do sleep 0.01; done; exec "$@"`, "sh",
		tsboot, "--ssm-path", s.path("/app"), "--profile", profile, "--splay", "1s"))
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "MARKER=s3cr3t-marker"}, s.env...)
	p := start(t, cmd)
	eyes := asNobody(exec.Command("sh", "-c", spy, "sh", fmt.Sprint(p.cmd.Process.Pid)))
	eyes.Dir = dir
	watcher := start(t, eyes)

	for _, mark := range []string{"agent", "health"} {
		wait.For(t, aLongTime, mark+" runs\n"+p.stderr(), func() bool { return fileExists(filepath.Join(dir, mark)) })
	}
	p.signal(syscall.SIGTERM)
	p.wantExit(128 + int(syscall.SIGTERM))
	if err := os.Remove(filepath.Join(dir, "spy")); err != nil {
		t.Fatal(err)
	}
	watcher.wantExit(0)

	seen := readFile(t, filepath.Join(dir, "seen"))
	for _, who := range []string{"worker", "tsboot"} {
		if !strings.Contains(seen, who) {
			t.Errorf("the spy has not seen the %s", who)
		}
	}
	for _, file := range []string{"environ", "mem", "env-of-tsboot"} {
		if data, _ := os.ReadFile(filepath.Join(dir, file)); len(data) > 0 {
			t.Errorf("%s: %d bytes were read", file, len(data))
		}
	}
	if !strings.Contains(readFile(t, filepath.Join(dir, "env-of-agent")), "MARKER=") {
		t.Error("an agent cannot read its own environment")
	}
}

// TestReplaceIsReadable: what exec --replace becomes is a process as any other.
func TestReplaceIsReadable(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	s := memoryStore(t)
	s.plain("/app/level", "debug")
	dir, tsboot := nobodysDir(t)
	cmd := asNobody(exec.Command(tsboot, "exec", "--replace", "--ssm-path", s.path("/app"), "--", "sh", "-c", "sh -c 'cat /proc/$PPID/environ'"))
	cmd.Dir, cmd.Env = dir, append([]string{"PATH=" + os.Getenv("PATH")}, s.env...)
	p := start(t, cmd)
	p.wantExit(0)
	if !strings.Contains(p.stdout(), "LEVEL=debug") {
		t.Errorf("its own child reads %q: %s", p.stdout(), p.stderr())
	}
}
