package runtime

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/watch/container"
)

// engine is an engine of Docker that answers as a test tells it.
type engine struct {
	t      *testing.T
	path   string
	server *http.Server
	done   chan struct{}

	mu         sync.Mutex
	containers map[string]map[string]any            // what inspect says, by id
	images     map[string]map[string]any            // by id
	answers    map[string]func(http.ResponseWriter) // by path, in place of the usual
	asked      map[string]int                       // by path
	listeners  map[chan string]bool
	filters    []string // of those who asked for events
}

var versioned = regexp.MustCompile(`^/v1\.41/`)

// newEngine starts one at a path, or in a new directory where that is empty.
func newEngine(t *testing.T, path string) *engine {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "docker.sock")
	}
	e := &engine{
		t: t, path: path, done: make(chan struct{}),
		containers: map[string]map[string]any{}, images: map[string]map[string]any{},
		answers: map[string]func(http.ResponseWriter){}, asked: map[string]int{}, listeners: map[chan string]bool{},
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	e.server = &http.Server{Handler: e}
	go func() { _ = e.server.Serve(listener) }()
	t.Cleanup(e.stop)
	return e
}

// stop ends the engine with all its connections.
func (e *engine) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-e.done:
		return
	default:
	}
	close(e.done)
	_ = e.server.Close()
}

func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	path := versioned.ReplaceAllString(r.URL.Path, "/")
	e.mu.Lock()
	e.asked[path]++
	answer := e.answers[path]
	e.mu.Unlock()
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case answer != nil:
		answer(w)
	case path == "/_ping":
		fmt.Fprint(w, "OK")
	case path == r.URL.Path:
		http.Error(w, "the version is not 1.41", http.StatusBadRequest)
	case path == "/events":
		e.serveEvents(w, r)
	case path == "/containers/json":
		e.json(w, e.list())
	case parts[0] == "containers" && len(parts) == 3 && parts[2] == "json":
		e.json(w, e.find(e.containers, parts[1]))
	case parts[0] == "images" && len(parts) == 3:
		e.json(w, e.find(e.images, parts[1]))
	default:
		http.NotFound(w, r)
	}
}

func (e *engine) find(in map[string]map[string]any, id string) any {
	e.mu.Lock()
	defer e.mu.Unlock()
	if found, ok := in[id]; ok {
		return found
	}
	return nil
}

func (e *engine) json(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	if answer == nil {
		w.WriteHeader(http.StatusNotFound)
		answer = map[string]string{"message": "no such thing"}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (e *engine) list() any {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := []any{}
	for id, c := range e.containers {
		config := c["Config"].(map[string]any)
		list = append(list, map[string]any{
			"Id": id, "Names": []any{c["Name"]}, "Image": config["Image"], "ImageID": c["Image"], "Labels": config["Labels"], "State": "running",
		})
	}
	return list
}

func (e *engine) serveEvents(w http.ResponseWriter, r *http.Request) {
	lines := make(chan string, 1000)
	e.mu.Lock()
	e.listeners[lines] = true
	e.filters = append(e.filters, r.URL.Query().Get("filters"))
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.listeners, lines)
	}()
	w.Header().Set("Content-Type", "application/json")
	w.(http.Flusher).Flush()
	for {
		select {
		case line := <-lines:
			fmt.Fprintln(w, line)
			w.(http.Flusher).Flush()
		case <-e.done:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// say sends an event to all who listen.
func (e *engine) say(action, id string, attributes map[string]string) {
	line, err := json.Marshal(map[string]any{"Type": "container", "Action": action, "Actor": map[string]any{"ID": id, "Attributes": attributes}})
	if err != nil {
		e.t.Error(err)
	}
	e.sayLine(string(line))
}

func (e *engine) sayLine(line string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for lines := range e.listeners {
		lines <- line
	}
}

// put adds a container that runs; change may be nil.
func (e *engine) put(id, name, image string, change func(map[string]any)) {
	c := map[string]any{
		"Id": id, "Name": "/" + name, "Image": digestOf('1'),
		"State":  map[string]any{"Status": "running", "Running": true, "Pid": 1},
		"Config": map[string]any{"Image": image, "Labels": map[string]any{}},
	}
	if change != nil {
		change(c)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.containers[id] = c
	e.images[digestOf('1')] = map[string]any{"Id": digestOf('1'), "RepoTags": []string{image}, "RepoDigests": []string{"some@" + digestOf('2')}}
}

func (e *engine) answer(path string, with func(http.ResponseWriter)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers[path] = with
}

func (e *engine) times(path string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked[path]
}

func idOf(c rune) string     { return strings.Repeat(string(c), 64) }
func digestOf(c rune) string { return "sha256:" + strings.Repeat(string(c), 64) }

// follow makes Runtimes that follow the engine at a path until the test ends.
func follow(t *testing.T, o Options) *Runtimes {
	t.Helper()
	if o.Containerd == "" {
		o.Containerd = Off
	}
	if o.Docker == "" {
		o.Docker = Off
	}
	o.Log = hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: testWriter{t}})
	r := New(o)
	execute, interrupt := r.Actor()
	ended := make(chan error, 1)
	go func() { ended <- execute() }()
	t.Cleanup(func() {
		interrupt(nil)
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the actor ends with %v", err)
			}
		case <-time.After(aLongTime):
			t.Error("the actor does not end")
		}
	})
	return r
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

// aLongTime bounds each wait for what takes milliseconds on a machine at rest.
const aLongTime = 30 * time.Second

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	wait.For(t, aLongTime, what, is)
}

// await is Await on a machine of any speed: an answer that comes too late for it is waited for.
func await(t *testing.T, r *Runtimes, id string) (c *container.Container) {
	wait.Until(aLongTime, func() bool {
		c = r.Await(t.Context(), id)
		return c.Missing != missingLate
	})
	return c
}

func connected(t *testing.T, r *Runtimes) {
	t.Helper()
	until(t, "the runtimes are connected", func() bool {
		return !slices.ContainsFunc(r.Stats(), func(s Stats) bool { return !s.Connected })
	})
}

// known waits until all that is asked for is known.
func known(t *testing.T, r *Runtimes, id string) *container.Container {
	t.Helper()
	var c *container.Container
	until(t, "container "+id+" is known", func() bool {
		var ok bool
		c, ok = r.Lookup(id)
		return ok
	})
	return c
}
