package pipeline

import (
	"context"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

// runtimes know one container, and are slow with all others.
type runtimes struct {
	clock *time.Time
	known container.Container
	asked int
}

func (r *runtimes) Lookup(id string) (*container.Container, bool) {
	if id == r.known.ID {
		return &r.known, true
	}
	return nil, false
}

func (r *runtimes) Await(_ context.Context, id string) *container.Container {
	r.asked++
	*r.clock = r.clock.Add(200 * time.Millisecond)
	return &container.Container{ID: id, Missing: "runtime-slow"}
}

func (r *runtimes) Top(_ context.Context, pid int) (string, bool) { return r.known.ID, pid == 5 }

func (r *runtimes) StartedAbout(pid int, at time.Time) (string, bool) {
	return r.known.ID, pid == 7 && at.Equal(*r.clock)
}

func TestCompleter(t *testing.T) {
	t.Parallel()
	clock := time.Unix(1_700_000_000, 0)
	r := &runtimes{clock: &clock, known: container.Container{ID: "aa", Name: "web", Runtime: "docker"}}
	c := NewCompleter(t.Context(), r)
	c.now = func() time.Time { return clock }

	a := container.Attribution{Method: container.MethodCgroup, Container: &container.Container{ID: "aa", ParentID: "outer"}}
	found := a.Container
	c.Complete(1, &a)
	if a.Container.Name != "web" || a.Container.Runtime != "docker" || a.Container.ParentID != "outer" || found.Name != "" {
		t.Errorf("%+v", a.Container)
	}
	first := a.Container
	a.Container = found
	if c.Complete(1, &a); a.Container != first {
		t.Error("the same answer is made twice")
	}

	for range 5 { // of which only the first waits
		b := container.Attribution{Method: container.MethodCgroup, Container: &container.Container{ID: "bb"}}
		if c.Complete(2, &b); b.Container.ID != "bb" || b.Container.Missing != "runtime-slow" {
			t.Errorf("%+v", b.Container)
		}
	}
	if r.asked != 1 {
		t.Errorf("%d waits for one container", r.asked)
	}
	clock = clock.Add(slowPause)
	b := container.Attribution{Method: container.MethodCgroup, Container: &container.Container{ID: "bb"}}
	if c.Complete(2, &b); r.asked != 2 {
		t.Error("nobody asks again")
	}

	hidden := container.Attribution{Method: container.MethodNone, Reason: container.ReasonHidden}
	if c.Complete(5, &hidden); hidden.Method != container.MethodTop || hidden.Container == nil || hidden.Container.Name != "web" || hidden.Reason != "" {
		t.Errorf("%+v", hidden)
	}
	gone := container.Attribution{Method: container.MethodNone, Reason: container.ReasonGone}
	if c.Complete(5, &gone); gone.Container != nil {
		t.Errorf("%+v", gone)
	}
	for _, reason := range []container.Reason{container.ReasonGone, container.ReasonExiting, container.ReasonRuntime} {
		late := container.Attribution{Method: container.MethodNone, Reason: reason, At: clock}
		if c.Complete(7, &late); late.Method != container.MethodRuntime || late.Container == nil || late.Container.Name != "web" || late.Reason != "" {
			t.Errorf("%s: %+v", reason, late)
		}
	}
}
