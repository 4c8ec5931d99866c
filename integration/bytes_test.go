//go:build linux

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
)

// allBytes are all that an argument or a variable can hold, and then some that are nearly UTF-8.
func allBytes() string {
	var b strings.Builder
	for c := 1; c < 256; c++ {
		b.WriteByte(byte(c))
	}
	return b.String() + "\xc3(\xed\xa0\x80\xf8\x88\x80\x80\x80\u2028<&>%s"
}

// dump is a shell script that writes the arguments and the environment of its own process to a file, as they are.
const dump = `cat /proc/$$/cmdline >"$OUT.argv"; cat /proc/$$/environ >"$OUT.env"`

func records(t *testing.T, file string) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(readFile(t, file), "\x00"), "\x00")
}

// TestEveryByteReachesTheAgent: arguments, variables, values, HOME and the working directory are the same bytes for the
// agent, whatever source is configured.
func TestEveryByteReachesTheAgent(t *testing.T) {
	t.Parallel()
	odd := allBytes()
	text := "pässwörd \"\\'$`\n\t\u2028\u0085\U0001f511" // of Parameter Store, which holds text
	for _, flags := range []string{"", "--secrets-dir", "--ssm-path /a", "--secrets-dir --ssm-path /a --resolve-env", "--replace --secrets-dir"} {
		t.Run("exec "+flags, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			home := filepath.Join(dir, strings.ReplaceAll(odd, "/", "")[:200])
			if err := os.MkdirAll(home, 0o700); err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(dir, "secrets", "from-file"), odd+"\x80", 0o600)
			s := memoryStore(t)
			s.memory.Put("/a/from-store", text)
			s.memory.Put("/b/by-reference", text+"2")
			args := append([]string{"exec", "--working-dir", home}, strings.Fields(strings.ReplaceAll(flags, "--secrets-dir", "--secrets-dir "+filepath.Join(dir, "secrets")))...)
			cmd := exec.Command(tsbootBinary(t), append(args, "--", "/bin/sh", "-c", dump+`; pwd >"$OUT.cwd"`, odd, odd+"2", "")...)
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "OUT=" + filepath.Join(dir, "out"), "HOME=" + home, "ODD=" + odd, odd + "=name",
				"REF=ssm:///b/by-reference"}, s.env...)
			start(t, cmd).wantExit(0)

			argv := records(t, filepath.Join(dir, "out.argv"))
			if want := []string{"/bin/sh", "-c", dump + `; pwd >"$OUT.cwd"`, odd, odd + "2", ""}; strings.Join(argv, "\x00") != strings.Join(want, "\x00") {
				t.Errorf("argv\ngot  %q\nwant %q", argv, want)
			}
			wanted := []string{"HOME=" + home, "ODD=" + odd, odd + "=name"}
			if strings.Contains(flags, "--secrets-dir") {
				wanted = append(wanted, "FROM_FILE="+odd+"\x80")
			}
			if strings.Contains(flags, "--ssm-path") {
				wanted = append(wanted, "FROM_STORE="+text)
			}
			if strings.Contains(flags, "--resolve-env") {
				wanted = append(wanted, "REF="+text+"2")
			}
			environ := records(t, filepath.Join(dir, "out.env"))
			for _, want := range wanted {
				if !slices.Contains(environ, want) {
					t.Errorf("environment\ngot  %q\nwant %q in it", environ, want)
				}
			}
			if cwd := readFile(t, filepath.Join(dir, "out.cwd")); cwd != home+"\n" {
				t.Errorf("working directory\ngot  %q\nwant %q", cwd, home)
			}
		})
	}
}

const bytesProfile = `name: bytes
parameters:
  hidden: {required: true, secret: true}
  key: {required: true, env: [KEY]}
  out: {required: true, env: [OUT]}
files:
  - path: ${out}
    format: text
    text: "key=${key|raw}${hidden|raw}"
setup:
  - {name: register, argv: [/bin/sh, -c, 'OUT=$OUT.setup; ` + dump + `', "${key}", "${key}"]}
run:
  argv: [/bin/sh, -c, 'OUT=$OUT.run; ` + dump + `', "--key=${key}"]
  restart: no
env: {set: {A: "b\u00e9"}}
`

// TestEveryByteOfAProfile: the same for the files, the setup and the agent of a profile.
func TestEveryByteOfAProfile(t *testing.T) {
	t.Parallel()
	odd := strings.TrimSpace(allBytes())
	dir := t.TempDir()
	profile := writeFile(t, filepath.Join(dir, "bytes.yaml"), bytesProfile, 0o600)
	writeFile(t, filepath.Join(dir, "secrets", "hidden"), odd, 0o600)
	out := filepath.Join(dir, "out")
	cmd := exec.Command(tsbootBinary(t), "--profile", profile, "--secrets-dir", filepath.Join(dir, "secrets"))
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "OUT=" + out, "KEY=" + odd, "ODD=" + odd, binary.NoSocket}
	p := start(t, cmd)
	p.wantExit(0)
	if got := readFile(t, out); got != "key="+odd+odd {
		t.Errorf("file\ngot  %q\nwant %q", got, "key="+odd+odd)
	}
	for file, last := range map[string]string{out + ".setup": odd, out + ".run": "--key=" + odd} {
		argv := records(t, file+".argv")
		if argv[len(argv)-1] != last {
			t.Errorf("%s\ngot  %q\nwant %q", file, argv[len(argv)-1], last)
		}
		environ := records(t, file+".env")
		for _, want := range []string{"A=b\u00e9", "ODD=" + odd} {
			if !slices.Contains(environ, want) {
				t.Errorf("%s: environment\ngot  %q\nwant %q", file, environ, want)
			}
		}
	}
	if strings.Contains(p.stderr(), "\ufffd") {
		t.Error(p.stderr())
	}
}
