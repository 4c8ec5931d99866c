package runtime

import (
	"context"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

// awaitLimit is how long Await waits.
const awaitLimit = 200 * time.Millisecond

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
func (r *Runtimes) Await(ctx context.Context, id string) *container.Container {
	if c, ok := r.Lookup(id); ok {
		return c
	}
	if missing := r.index.missed(id); missing != "" {
		return r.known(id, missing)
	}
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	connected := r.awaitConnection(ctx)
	if c, ok := r.Lookup(id); ok {
		return c
	}
	if !connected {
		return r.known(id, missingRuntime)
	}
	answered := r.ask(id, false)
	if answered == nil {
		return r.known(id, missingLate)
	}
	select {
	case <-answered:
		missing := r.index.missed(id)
		if missing == "" {
			missing = missingLate
		}
		return r.known(id, missing)
	case <-ctx.Done():
		return r.known(id, missingLate)
	}
}

// awaitConnection waits for the first try of each source, and is true where one is connected.
func (r *Runtimes) awaitConnection(ctx context.Context) bool {
	connected := false
	for _, c := range r.sources {
		select {
		case <-c.tried:
		case <-ctx.Done():
		}
		if c.isConnected() {
			connected = true
		} else {
			c.want()
		}
	}
	return connected
}

// known is what is known of a container now.
func (r *Runtimes) known(id, missing string) *container.Container {
	if c, _ := r.index.get(id); c != nil {
		return c
	}
	return &container.Container{ID: id, Missing: missing}
}

// ContainerOfInit gives the container whose first process this is.
func (r *Runtimes) ContainerOfInit(pid int) (id string, ok bool) {
	return r.pids.find(pid)
}
