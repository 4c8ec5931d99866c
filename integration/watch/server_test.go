//go:build linux

package watch

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/wait"
)

// pids are those of one process: on the machine, and in its innermost namespace.
type pids struct{ host, inner int }

// server is what the stand-ins visit. Each waits there until its pids are known, from /proc, and tswatch has seen it: a
// machine with much to do hands out records late, and of a process that has ended nobody can say where it was.
type server struct {
	address string
	output  string // of tswatch
	mu      sync.Mutex
	came    map[string]pids // by name
}

func serve(t *testing.T, a *agent) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &server{address: listener.Addr().String(), output: a.output, came: map[string]pids{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.receive(conn)
		}
	}()
	return s
}

func (s *server) receive(conn net.Conn) {
	defer conn.Close()
	var name string
	var inner int
	if _, err := fmt.Fscanln(bufio.NewReader(conn), &name, &inner); err != nil {
		return
	}
	found := pids{hostPID(name, inner), inner}
	s.mu.Lock()
	s.came[name] = found
	s.mu.Unlock()
	event := fmt.Appendf(nil, `"process":{"pid":%d,`, found.host)
	wait.Until(aLongTime/2, func() bool {
		text, _ := os.ReadFile(s.output)
		return bytes.Contains(text, event)
	})
	fmt.Fprintln(conn, "welcome")
}

// visitor is who came last by the name.
func (s *server) visitor(name string) pids {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.came[name]
}

// hostPID is the pid of the process of that name which has the pid in its own namespace; 0: there is none.
func hostPID(name string, inner int) int {
	statuses, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, path := range statuses {
		text, _ := os.ReadFile(path)
		var comm, last string
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			fields := strings.Fields(value)
			switch {
			case len(fields) == 0:
			case key == "Name":
				comm = fields[0]
			case key == "NSpid":
				last = fields[len(fields)-1]
			}
		}
		if comm == name && last == strconv.Itoa(inner) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid
		}
	}
	return 0
}
