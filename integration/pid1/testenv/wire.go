//go:build linux

package testenv

import (
	"encoding/json"
	"net"
	"sync"
)

// Op is an order to a helper.
type Op struct {
	ID     int    `json:"id"`
	Do     string `json:"do"`
	Spawn  *Spawn `json:"spawn,omitempty"`
	Code   int    `json:"code,omitempty"`
	Signal int    `json:"signal,omitempty"`
	FD     int    `json:"fd,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Spawn says what a helper starts: a program, or another helper when Argv is empty.
type Spawn struct {
	Argv    []string `json:"argv,omitempty"`
	Name    string   `json:"name,omitempty"`    // of the helper
	Traits  string   `json:"traits,omitempty"`  // of the helper, see Traits
	Group   bool     `json:"group,omitempty"`   // in a process group of its own
	Session bool     `json:"session,omitempty"` // in a session of its own
	Double  bool     `json:"double,omitempty"`  // through a process in between that ends at once: an orphan
	Abandon bool     `json:"abandon,omitempty"` // never waited for by the one who starts it
	Shield  bool     `json:"shield,omitempty"`  // starts with all signals blocked; a helper unblocks what it catches
}

// Message is what a helper tells the environment: a reply when ID is set, else an event.
type Message struct {
	ID     int      `json:"id,omitempty"`
	Event  string   `json:"event,omitempty"` // hello, signal, exited
	Name   string   `json:"name,omitempty"`
	PID    int      `json:"pid,omitempty"` // as the helper's own namespace numbers it
	Signal int      `json:"signal,omitempty"`
	Order  int      `json:"order,omitempty"` // exited: the order that had started it
	Status uint32   `json:"status,omitempty"`
	Error  string   `json:"error,omitempty"`
	Argv   []string `json:"argv,omitempty"`
	State  *State   `json:"state,omitempty"`
}

// State is what a helper finds itself in.
type State struct {
	PID, PPID, PGID, SID int
	Foreground           int // the foreground group of the terminal on standard input, -1 without one
	UID, GID             int
	Groups               []int
	Cwd                  string
	Env                  []string
	FDs                  map[int]string // descriptor -> what it is
	Text                 string         // what a read returned
}

// wire is a connection that carries one JSON value a line, written whole by any goroutine.
type wire struct {
	mu   sync.Mutex
	conn *net.UnixConn
	enc  *json.Encoder
	dec  *json.Decoder
}

func newWire(conn *net.UnixConn) *wire {
	return &wire{conn: conn, enc: json.NewEncoder(conn), dec: json.NewDecoder(conn)}
}

// dial connects a helper to its environment and says its name.
func dial(socket, name string, pid int, argv []string) (*wire, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	w := newWire(conn)
	return w, w.send(Message{Event: "hello", Name: name, PID: pid, Argv: argv})
}

func (w *wire) send(v any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.enc.Encode(v)
}
