package scene

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// patience bounds how long a stand-in waits.
const patience = 15 * time.Second

// PIDs are those of one process: on the machine, and in its innermost namespace.
type PIDs struct{ Host, Inner int }

// Server is what the stand-ins visit. Each waits there until its pids are known, from /proc, and tswatch has seen it: a
// machine with much to do hands out records late, and of a process that has ended nobody can say where it was.
type Server struct {
	Address string // the value of the stand-in's variable SERVER

	listener net.Listener
	seen     func(pid int) bool
	mu       sync.Mutex
	came     map[string]PIDs // by name
}

// Serve starts one on loopback. It asks whether tswatch has seen the process with the pid of the machine.
func Serve(seen func(pid int) bool) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Address: listener.Addr().String(), listener: listener, seen: seen, came: map[string]PIDs{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.receive(conn)
		}
	}()
	return s, nil
}

// Close ends it.
func (s *Server) Close() { _ = s.listener.Close() }

func (s *Server) receive(conn net.Conn) {
	defer conn.Close()
	var name string
	var inner int
	if _, err := fmt.Fscanln(bufio.NewReader(conn), &name, &inner); err != nil {
		return
	}
	found := PIDs{hostPID(name, inner), inner}
	s.mu.Lock()
	s.came[name] = found
	s.mu.Unlock()
	wait.Until(patience, func() bool { return s.seen(found.Host) })
	fmt.Fprintln(conn, "welcome")
}

// Visitor is who came last by the name.
func (s *Server) Visitor(name string) PIDs {
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
