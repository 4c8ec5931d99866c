package kernel

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// helperVariable names what this program does instead of testing, as another process.
const helperVariable = "KERNEL_TEST_HELPER"

func TestMain(m *testing.M) {
	if do := os.Getenv(helperVariable); do != "" {
		helper(do)
		return
	}
	os.Exit(m.Run())
}

// helper does what the words say, says "ready" or what went wrong, and waits for the end of its standard input.
func helper(do string) {
	kind, argument, _ := strings.Cut(do, " ")
	var err error
	var held *Held
	var socket *Socket
	switch kind {
	case "take":
		var plan Plan
		if err = json.Unmarshal([]byte(argument), &plan); err == nil {
			held, err = Take(plan)
		}
	case "open":
		socket, err = Open(Options{Mode: Mode(argument), Buffer: 1 << 16})
	case "connect":
		var conn net.Conn
		network, address, _ := strings.Cut(argument, " ")
		if conn, err = net.Dial(network, address); err == nil {
			conn.Close()
		}
	default:
		err = fmt.Errorf("%s is not known", kind)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if held != nil {
		err = held.Release()
	}
	if socket != nil {
		err = socket.Close()
	}
	fmt.Println(err)
}

// process is a helper that runs.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *bufio.Reader
}

// start starts a helper and gives its first line.
func start(t *testing.T, do string, attributes *syscall.SysProcAttr) (*process, string) {
	t.Helper()
	program, err := os.Executable() // by this name the two know each other for the same program
	if err != nil {
		t.Fatal(err)
	}
	if attributes != nil && attributes.Credential != nil {
		program = "/proc/self/exe" // whose directory the user may not enter
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), helperVariable+"="+do)
	cmd.SysProcAttr = attributes
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, stdin, bufio.NewReader(stdout)}
	t.Cleanup(func() { p.kill() })
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %v", do, err)
	}
	return p, strings.TrimSpace(line)
}

// end lets the helper end and gives its last line.
func (p *process) end(t *testing.T) string {
	t.Helper()
	p.stdin.Close()
	line, _ := p.out.ReadString('\n')
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(line)
}

// kill is SIGKILL.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func takeWords(t *testing.T, p Plan) string {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return "take " + string(text)
}
