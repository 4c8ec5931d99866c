package runtime

import (
	"context"
	"errors"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

var (
	// errUnknown is the answer of a runtime that has no such container.
	errUnknown = errors.New("no such container")
	// errDown is the answer where there is no connection.
	errDown = errors.New("not connected")
)

// source is one runtime. follow is called by one goroutine; the others may be called by many, while follow runs and before.
type source interface {
	// name is what the log says.
	name() string
	// follow serves one connection to its end: it subscribes to the events, lists what is there, calls listed, and gives all
	// news to the sink. Without the list, listed gets the reason: the news are good all the same.
	follow(ctx context.Context, news sink, listed func(error)) error
	// inspect asks for one container.
	inspect(ctx context.Context, id string) (details, error)
	// processes asks for the pids of one container.
	processes(ctx context.Context, id string) ([]int, error)
}

// details are the answer about one container.
type details struct {
	container *container.Container
	pid       int  // of its first process; 0: it does not run
	ended     bool // it has run, and does not any more
}

// sink takes the news of a source.
type sink interface {
	// appeared is about a container that was made or is there. What is known of it so far may be little.
	appeared(c *container.Container)
	// changed is about a container of which something else is to be known now: it was started or renamed.
	changed(id string)
	// started has the first process of a container, and when it was there; zero: that is not said.
	started(id string, pid int, at time.Time)
	// execStarted has a process that was started in a container that runs, by docker exec; execEnded is about its end.
	execStarted(id, exec string, pid int, at time.Time)
	execEnded(id, exec string)
	// ended is about a container that has stopped or is gone.
	ended(id string)
	// listedAll has all containers that are there. Others have ended while nobody looked.
	listedAll(ids map[string]bool)
}
