package runtime

import (
	"context"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

const (
	awaitLimit = 200 * time.Millisecond // how long Await waits
	impatience = 1 * time.Second        // for how long it does not, after it has waited in vain
)

// Why the name and the image of a container are not known (container.Container.Missing).
const (
	missingRuntime   = string(container.ReasonNoRuntime)
	missingUnknown   = "unknown-to-runtime" // no runtime that could be asked has such a container
	missingLate      = "runtime-slow"       // it did not answer in time
	missingFailed    = "runtime-failed"     // its answer was an error
	missingAmbiguous = "ambiguous-id"       // several namespaces have such a container
)

// Lookup gives what is known of a container, at once. It is false where that is nothing, or not all yet: Await may know more.
func (r *Runtimes) Lookup(id string) (*container.Container, bool) {
	return r.index.get(id)
}

// Await gives what the runtimes say of a container. It waits at most 200 ms, and only while they are being asked. The answer
// is never nil: Missing says why it has no name and image. A container that ended a minute ago is forgotten.
//
// After it has waited in vain it does not wait for a second, whatever the container: a runtime that hangs must not hold up
// events that come faster than that.
func (r *Runtimes) Await(ctx context.Context, id string) *container.Container {
	if c, ok := r.Lookup(id); ok {
		return c
	}
	if missing := r.index.missed(id); missing != "" {
		return r.known(id, missing)
	}
	limit := time.Duration(0)
	if time.Now().UnixNano() >= r.patientAt.Load() {
		limit = awaitLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	missing := r.await(ctx, id)
	if missing == missingLate && limit > 0 {
		r.patientAt.Store(time.Now().Add(impatience).UnixNano())
	}
	return r.known(id, missing)
}

// await has the container asked for, and says why it is not known, if it is not.
func (r *Runtimes) await(ctx context.Context, id string) (missing string) {
	connected, tried := r.awaitConnection(ctx)
	if _, ok := r.Lookup(id); ok {
		return ""
	}
	if !connected && !tried {
		return missingLate
	}
	if !connected {
		return missingRuntime
	}
	answered := r.ask(id, false)
	if answered == nil {
		return missingLate
	}
	select {
	case <-answered:
		return r.index.missed(id)
	case <-ctx.Done():
		return missingLate
	}
}

// awaitConnection waits for the first try of each source, and is true where one is connected.
func (r *Runtimes) awaitConnection(ctx context.Context) (connected, tried bool) {
	tried = true
	for _, c := range r.sources {
		select {
		case <-c.tried:
		default:
			select {
			case <-c.tried:
			case <-ctx.Done():
				tried = false
			}
		}
		if c.isConnected() {
			connected = true
		} else {
			c.want()
		}
	}
	return connected, tried
}

// known is what is known of a container now.
func (r *Runtimes) known(id, missing string) *container.Container {
	if c, _ := r.index.get(id); c != nil {
		return c
	}
	if missing == "" { // it was known a moment ago, and there was no room for it
		missing = missingUnknown
	}
	return &container.Container{ID: id, Missing: missing}
}

// StartedAbout gives the container in which a runtime has started a process that is gone, if it had the pid at that time. The
// runtime may say it a moment too late for ContainerOfInit.
func (r *Runtimes) StartedAbout(pid int, at time.Time) (id string, ok bool) {
	return r.pids.about(pid, at)
}

// ContainerOfInit gives the container whose first process had the pid at that time, or in which it was started by docker exec.
func (r *Runtimes) ContainerOfInit(pid int, at time.Time) (id string, ok bool) {
	return r.pids.find(pid, at)
}
