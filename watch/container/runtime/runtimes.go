package runtime

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/time/rate"
)

// Values of Options.Docker and Options.Containerd that are not addresses.
const (
	Auto = "auto"
	Off  = "off"
)

// Options say which runtimes are asked, and where the host is seen.
type Options struct {
	Docker     string       // unix:///run/docker.sock, tcp://..., Auto (also the empty string), Off
	Containerd string       // /run/containerd/containerd.sock, Auto (also the empty string), Off
	HostRoot   string       // the host's root, where Auto looks first; / where empty
	Proc       string       // the host's /proc
	Log        hclog.Logger // nil: none
}

// Runtimes are the container runtimes of the host. All methods are safe for several goroutines.
type Runtimes struct {
	sources []*connection
	index   *index
	pids    *startedPIDs
	tops    *tops
	proc    string
	log     hclog.Logger

	ctx       context.Context
	cancel    context.CancelFunc
	asking    *rate.Limiter
	places    chan struct{} // of questions under way
	pending   atomic.Int64  // questions that are begun
	tasks     sync.WaitGroup
	patientAt atomic.Int64 // when Await waits again, in nanoseconds of Unix time
	mu        sync.Mutex   // tasks begin under it, and none after closed
	closed    bool
}

// Limits of what is asked of the runtimes.
const (
	asksPerSecond = 100
	asksAtOnce    = 1000 // a burst: all containers of a large host at the start
	asksParallel  = 4
	askDeadline   = 2 * time.Second  // for one answer
	askPatience   = 10 * time.Second // for its turn
)

// New makes Runtimes that know nothing yet: Actor makes them follow the runtimes.
func New(o Options) *Runtimes {
	if o.HostRoot == "" {
		o.HostRoot = "/"
	}
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runtimes{
		index: newIndex(time.Now), pids: newStartedPIDs(o.Proc, time.Now), tops: newTops(time.Now), proc: o.Proc, log: o.Log,
		ctx: ctx, cancel: cancel,
		asking: rate.NewLimiter(asksPerSecond, asksAtOnce), places: make(chan struct{}, asksParallel),
	}
	if o.Docker != Off {
		r.add(newDocker(addresses(o.Docker, o.HostRoot, dockerSockets, "unix://")))
	}
	if o.Containerd != Off {
		r.add(newContainerd(addresses(o.Containerd, o.HostRoot, containerdSockets, "")))
	}
	return r
}

func (r *Runtimes) add(s source) {
	r.sources = append(r.sources, newConnection(s, len(r.sources), r))
}

// Actor follows the runtimes until it is interrupted. Without it nothing is known, and nothing is asked.
func (r *Runtimes) Actor() (execute func() error, interrupt func(error)) {
	execute = func() error {
		for _, c := range r.sources {
			r.begin(func() { c.keep(r.ctx) })
		}
		<-r.ctx.Done()
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		r.tasks.Wait()
		return nil
	}
	return execute, func(error) { r.cancel() }
}

// begin runs a task that the actor waits for.
func (r *Runtimes) begin(task func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.ctx.Err() != nil {
		return false
	}
	r.tasks.Go(task)
	return true
}

// backoff is how long to wait before the next try to connect, after some that failed in a row. Many hosts do not try at once.
func backoff(failures int) time.Duration {
	const first, limit = 100 * time.Millisecond, 30 * time.Second
	delay := limit
	if failures < 10 {
		delay = min(first<<failures, limit)
	}
	return time.Duration(float64(delay) * (0.75 + rand.Float64()/2))
}
