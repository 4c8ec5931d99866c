package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	containers "github.com/containerd/containerd/api/services/containers/v1"
	events "github.com/containerd/containerd/api/services/events/v1"
	images "github.com/containerd/containerd/api/services/images/v1"
	namespaces "github.com/containerd/containerd/api/services/namespaces/v1"
	tasks "github.com/containerd/containerd/api/services/tasks/v1"
	"github.com/containerd/containerd/api/types"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/tsboot/tsboot/watch/container"
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
	if err := c.list(ctx, conn, news); err != nil {
		return fmt.Errorf("list the containers of containerd at %s: %w", address, err)
	}
	listed(nil)
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
		news.started(taskContainer(task.ContainerID, task.ID), int(task.Pid))
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

func (c *containerd) inspect(ctx context.Context, id string) (details, error) {
	conn, spaces, err := c.connected()
	if err != nil {
		return details{}, err
	}
	var found details
	last := errUnknown
	for _, space := range spaces {
		one, err := c.inspectIn(in(ctx, space), conn, id)
		switch {
		case status.Code(err) == codes.NotFound, status.Code(err) == codes.InvalidArgument: // an id that cannot be one
		case err != nil:
			last = err
		case found.container != nil: // an id is unique in its namespace only: which of the two is meant is not known
			return details{container: &container.Container{ID: id, Runtime: "containerd", Missing: missingAmbiguous}}, nil
		default:
			found = one
		}
	}
	if found.container != nil {
		return found, nil
	}
	return details{}, last
}

func (c *containerd) inspectIn(ctx context.Context, conn *grpc.ClientConn, id string) (details, error) {
	answer, err := containers.NewContainersClient(conn).Get(ctx, &containers.GetContainerRequest{ID: id})
	if err != nil {
		return details{}, err
	}
	one := answer.Container
	if one == nil || one.ID != id {
		return details{}, errors.New("containerd answers about something else")
	}
	found := details{container: c.describe(one, c.imageHashes(ctx, conn, one.Image))}
	task, err := tasks.NewTasksClient(conn).Get(ctx, &tasks.GetRequest{ContainerID: id})
	if err == nil && task.Process != nil {
		found.pid = int(task.Process.Pid)
	}
	return found, nil
}

func (c *containerd) describe(one *containers.Container, digests []string) *container.Container {
	name, tag, digest := parseImage(one.Image)
	return &container.Container{
		ID: one.ID, Runtime: "containerd", Name: containerdName(one.ID, one.Labels),
		Image:  container.Image{Name: familiar(name), Tag: tag, Hashes: hashes(append([]string{digest}, digests...)...)},
		Labels: keepLabels(one.Labels),
	}
}

// containerdName is what the container's maker calls it: the kubelet, nerdctl, or one who chose the id himself.
func containerdName(id string, labels map[string]string) string {
	for _, key := range []string{"io.kubernetes.container.name", "nerdctl/name"} {
		if name := short(labels[key]); name != "" {
			return name
		}
	}
	if isContainerID(id) {
		return ""
	}
	return id
}

// imageHashes are the digest of an image, and that of its configuration, where the kubelet's part of containerd has noted it.
func (c *containerd) imageHashes(ctx context.Context, conn *grpc.ClientConn, name string) []string {
	c.mu.Lock()
	known, ok := c.images[name]
	c.mu.Unlock()
	if ok || name == "" {
		return known
	}
	api := images.NewImagesClient(conn)
	image, err := api.Get(ctx, &images.GetImageRequest{Name: name})
	if err != nil || image.Image == nil || image.Image.Target == nil {
		return nil
	}
	digest := image.Image.Target.Digest
	if !isDigest(digest) {
		return nil
	}
	found := []string{digest}
	if same, err := api.List(ctx, &images.ListImagesRequest{Filters: []string{"target.digest==" + digest}}); err == nil {
		for _, other := range same.Images {
			if isDigest(other.Name) {
				found = append(found, other.Name)
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.images) >= imagesLimit {
		clear(c.images)
	}
	c.images[name] = found
	return found
}

// processes asks for the pids of a container; nothing is started for it.
func (c *containerd) processes(ctx context.Context, id string) ([]int, error) {
	conn, spaces, err := c.connected()
	if err != nil {
		return nil, err
	}
	for _, space := range spaces {
		answer, err := tasks.NewTasksClient(conn).ListPids(in(ctx, space), &tasks.ListPidsRequest{ContainerID: id})
		if err != nil {
			continue
		}
		pids := make([]int, 0, len(answer.Processes))
		for _, process := range answer.Processes {
			pids = append(pids, int(process.Pid))
		}
		return pids, nil
	}
	return nil, errUnknown
}

// subscribed are the events that matter. /tasks/exit is not one: it also comes for each process that the kubelet runs in a
// container to check its health, and /tasks/delete follows where the first process has ended.
var subscribed = []string{
	`topic=="/containers/create"`, `topic=="/containers/update"`, `topic=="/containers/delete"`,
	`topic=="/tasks/start"`, `topic=="/tasks/delete"`,
}

func (c *containerd) take(envelope *types.Envelope, news sink) {
	if envelope.GetEvent() == nil {
		return
	}
	c.know(envelope.Namespace)
	takeEvent(envelope.Namespace, envelope.Event, news)
}
