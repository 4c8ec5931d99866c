package runtime

import (
	"context"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tsboot/tsboot/watch/container"
)

// Limits of Top.
const (
	topsPerSecond = 5
	topPause      = 1 * time.Second // between two lists of one container
	topEcho       = 5 * time.Second // the records of the ps may come so much later
	psPerTop      = 2               // the engine starts a second one where the first does not know -q
	ownLimit      = 64
	topsLimit     = 4096 // containers of which is known when they were asked for
)

// Top asks for the processes of the running containers, until one has the process: the dearest way to find out, for a process
// that is there and of which nothing else says where. It asks five times a second at most, each container once a second, and
// answers false for what it does not get to.
func (r *Runtimes) Top(ctx context.Context, pid int) (id string, ok bool) {
	start, _, alive := container.StartTime(r.proc, pid)
	if !alive {
		return "", false
	}
	ids, owners := r.index.running()
	for _, i := range r.tops.oldestFirst(ids) {
		c := r.sources[owners[i]]
		if ctx.Err() != nil || !c.isConnected() || !r.tops.begin(ids[i]) {
			continue
		}
		c.tally(func(s *Stats) { s.Tops++ })
		pids, err := c.source.processes(ctx, ids[i])
		r.tops.end()
		if err == nil && slices.Contains(pids, pid) {
			again, _, alive := container.StartTime(r.proc, pid)
			return ids[i], alive && again == start // the pid was not given out again meanwhile
		}
	}
	return "", false
}

// IsOwn is true of a process that the engine of Docker has started to answer Top: its ps. An event about it would be an echo
// of tswatch's own, and a question about it would make the next one.
func (r *Runtimes) IsOwn(pid, ppid int, executable string) bool {
	if !r.tops.expectsPS() {
		return false
	}
	if r.tops.isPS(pid) {
		return true
	}
	name := path.Base(executable)
	return (name == "ps" || name == "busybox") && r.isEngine(ppid) && r.tops.takePS(pid)
}

// isEngine is true of an engine of Docker that runs on the host: one in a container is not asked.
func (r *Runtimes) isEngine(pid int) bool {
	dir := r.proc + "/" + strconv.Itoa(pid)
	name, err := os.ReadFile(dir + "/comm")
	if err != nil || strings.TrimSpace(string(name)) != "dockerd" {
		return false
	}
	cgroup, err := os.ReadFile(dir + "/cgroup")
	return err == nil && !inContainer(string(cgroup))
}

// tops limits the questions, and counts the ps that they make the engine start.
type tops struct {
	now     func() time.Time
	limiter *rate.Limiter
	mu      sync.Mutex
	last    map[string]time.Time // by container
	active  int                  // under way
	until   time.Time            // until when a ps may still come
	left    int                  // how many may still come
	own     []int                // pids of those that came
}

func newTops(now func() time.Time) *tops {
	return &tops{now: now, limiter: rate.NewLimiter(topsPerSecond, topsPerSecond), last: map[string]time.Time{}}
}

// oldestFirst orders the containers: first those that were not asked for longest.
func (t *tops) oldestFirst(ids []string) []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	order := make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return t.last[ids[a]].Compare(t.last[ids[b]]) })
	return order
}

func (t *tops) begin(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if now.Sub(t.last[id]) < topPause || !t.limiter.AllowN(now, 1) {
		return false
	}
	if len(t.last) >= topsLimit {
		clear(t.last)
	}
	if !now.Before(t.until) && t.active == 0 {
		t.left, t.own = 0, nil
	}
	t.last[id] = now
	t.active++
	t.left = min(t.left+psPerTop, psPerTop*topsPerSecond)
	return true
}

func (t *tops) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active--
	t.until = t.now().Add(topEcho)
}

func (t *tops) expectsPS() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.active > 0 || t.now().Before(t.until)
}

func (t *tops) isPS(pid int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Contains(t.own, pid)
}

func (t *tops) takePS(pid int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left == 0 {
		return false
	}
	t.left--
	if len(t.own) == ownLimit {
		t.own = t.own[1:]
	}
	t.own = append(t.own, pid)
	return true
}
