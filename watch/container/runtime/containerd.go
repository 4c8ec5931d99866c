package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	containers "github.com/containerd/containerd/api/services/containers/v1"
	events "github.com/containerd/containerd/api/services/events/v1"
	namespaces "github.com/containerd/containerd/api/services/namespaces/v1"
	tasks "github.com/containerd/containerd/api/services/tasks/v1"
	"github.com/containerd/containerd/api/types"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// dockerNamespace is where Docker has its containers. Only the pids are taken from there: names and images are Docker's.
const dockerNamespace = "moby"

// namespacesLimit is how many namespaces are looked at.
const namespacesLimit = 64

// containerd is asked through its own API. Its client library would bring the making of containers with it.
type containerd struct {
	places places
	mu     sync.Mutex
	conn   *grpc.ClientConn // nil: not connected
	spaces []string         // the namespaces that have, or had, containers
	images map[string][]string
}

func newContainerd(p places) *containerd { return &containerd{places: p} }

func (*containerd) name() string { return "containerd" }

// follow subscribes before it lists, so that nothing that happens between the two is missed.
func (c *containerd) follow(ctx context.Context, news sink, listed func(error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	address, err := c.places.find()
	if err != nil {
		return err
	}
	if strings.HasPrefix(address, "/") {
		address = "unix://" + address
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableServiceConfig(), grpc.WithNoProxy())
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	defer func() { _ = conn.Close() }() // nothing is lost with it
	// The server does not say that it has the subscription, but it has it before it answers the requests after it.
	stream, err := events.NewEventsClient(conn).Subscribe(ctx, &events.SubscribeRequest{Filters: subscribed})
	if err != nil {
		return fmt.Errorf("subscribe to the events of containerd at %s: %w", address, err)
	}
	c.use(conn)
	defer c.use(nil)
	err = c.list(ctx, conn, news)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	listed(err)
	for {
		envelope, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("read the events of containerd: %w", err)
		}
		c.take(envelope, news)
	}
}

func (c *containerd) use(conn *grpc.ClientConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn, c.images, c.spaces = conn, map[string][]string{}, nil
}

func (c *containerd) connected() (*grpc.ClientConn, []string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return nil, nil, errDown
	}
	return c.conn, c.spaces, nil
}

// in is a request in a namespace.
func in(ctx context.Context, namespace string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "containerd-namespace", namespace)
}

// list takes the containers of all namespaces, and the processes that run in them.
func (c *containerd) list(ctx context.Context, conn *grpc.ClientConn, news sink) error {
	ctx, cancel := context.WithTimeout(ctx, listDeadline)
	defer cancel()
	spaces, err := namespaces.NewNamespacesClient(conn).List(ctx, &namespaces.ListNamespacesRequest{})
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, space := range spaces.Namespaces {
		c.know(space.Name)
		if err := c.listSpace(in(ctx, space.Name), space.Name, conn, news, ids); err != nil {
			return fmt.Errorf("namespace %s: %w", space.Name, err)
		}
	}
	news.listedAll(ids)
	return nil
}

func (c *containerd) listSpace(ctx context.Context, space string, conn *grpc.ClientConn, news sink, ids map[string]bool) error {
	running, err := tasks.NewTasksClient(conn).List(ctx, &tasks.ListTasksRequest{})
	if err != nil {
		return err
	}
	for _, task := range running.Tasks {
		news.started(taskContainer(task.ContainerID, task.ID), int(task.Pid), time.Time{})
	}
	if space == dockerNamespace {
		return nil
	}
	// One after the other: each has its whole specification with it.
	stream, err := containers.NewContainersClient(conn).ListStream(ctx, &containers.ListContainersRequest{})
	if err != nil {
		return err
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if one := message.Container; one != nil && short(one.ID) != "" {
			ids[one.ID] = true
			news.appeared(c.describe(one, nil))
		}
	}
}

// taskContainer is the container of a task: a server may name it in one field or the other.
func taskContainer(containerID, id string) string {
	if containerID != "" {
		return containerID
	}
	return id
}

// know remembers a namespace.
func (c *containerd) know(space string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, known := range c.spaces {
		if known == space {
			return
		}
	}
	if space != "" && space != dockerNamespace && len(c.spaces) < namespacesLimit {
		c.spaces = append(c.spaces[:len(c.spaces):len(c.spaces)], space)
	}
}

// subscribed are the events that matter. /tasks/create has the pid of the first process while it still waits for /tasks/start:
// it may be gone milliseconds after that, and long after the other. /tasks/delete follows the end of a first process; of one of docker exec only /tasks/exit
// says that it has ended.
var subscribed = []string{
	`topic=="/containers/create"`, `topic=="/containers/update"`, `topic=="/containers/delete"`,
	`topic=="/tasks/create"`, `topic=="/tasks/start"`, `topic=="/tasks/delete"`, `topic=="/tasks/exec-started"`, `topic=="/tasks/exit"`,
}

func (c *containerd) take(envelope *types.Envelope, news sink) {
	if envelope.GetEvent() == nil {
		return
	}
	c.know(envelope.Namespace)
	takeEvent(envelope, news, time.Now())
}
