package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"

	"github.com/tsboot/tsboot/watch/container"
)

// docker is the engine of Docker, by its own client.
type docker struct {
	places places
	mu     sync.Mutex
	client *client.Client // nil: not connected
	images map[string][2][]string
}

const (
	connectDeadline = 10 * time.Second // until it has answered with its version, and until the events begin
	listDeadline    = 10 * time.Second
	imagesLimit     = 1024
)

func newDocker(p places) *docker { return &docker{places: p} }

func (*docker) name() string { return "docker" }

// connect makes a client: a new one for each connection, because the engine may have another version when it is back.
func (d *docker) connect(ctx context.Context) (*client.Client, func(), error) {
	address, err := d.places.find()
	if err != nil {
		return nil, nil, err
	}
	if strings.HasPrefix(address, "/") {
		address = "unix://" + address
	}
	transport, err := newTransport(address)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", address, err)
	}
	api, err := client.New(client.WithHost(address), client.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: client.CheckRedirect}))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", address, err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectDeadline)
	defer cancel()
	if _, err := api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		transport.close()
		return nil, nil, err
	}
	return api, transport.close, nil
}

// follow subscribes before it lists, so that nothing that happens between the two is missed.
func (d *docker) follow(ctx context.Context, news sink, listed func(error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	api, done, err := d.connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	stream, err := subscribe(ctx, cancel, api)
	if err != nil {
		return err
	}
	d.use(api)
	defer d.use(nil)
	err = listContainers(ctx, api, news)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	listed(err)
	for {
		select {
		case message := <-stream.Messages:
			take(message, news)
		case err := <-stream.Err:
			if err == nil {
				err = errDown
			}
			return fmt.Errorf("read the events of the engine: %w", err)
		}
	}
}

// subscribe asks for the events that matter here and no others: those of checks of health would come all the time.
func subscribe(ctx context.Context, cancel func(), api *client.Client) (client.EventsResult, error) {
	filters := make(client.Filters).Add("type", string(events.ContainerEventType)).Add("event",
		string(events.ActionCreate), string(events.ActionStart), string(events.ActionRename), string(events.ActionDie), string(events.ActionDestroy))
	late := time.AfterFunc(connectDeadline, cancel)
	stream := api.Events(ctx, client.EventsListOptions{Filters: filters})
	if !late.Stop() {
		return stream, fmt.Errorf("subscribe to the events of the engine: no answer within %s", connectDeadline)
	}
	return stream, nil
}

// listContainers takes the containers that are there and not over.
func listContainers(ctx context.Context, api *client.Client, news sink) error {
	ctx, cancel := context.WithTimeout(ctx, listDeadline)
	defer cancel()
	filters := make(client.Filters).Add("status", "created", "running", "paused", "restarting")
	found, err := api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return fmt.Errorf("list the containers: %w", err)
	}
	ids := make(map[string]bool, len(found.Items))
	for _, item := range found.Items {
		ids[item.ID] = true
		news.appeared(dockerContainer(item.ID, ownName(item.Names), item.Labels, dockerImage(item.Image, item.ImageID, nil, nil)))
	}
	news.listedAll(ids)
	return nil
}

// ownName is the name of a container among those of a list. By links it has others, below the names of those that link it: /web/db.
func ownName(names []string) string {
	for _, name := range names {
		if strings.LastIndexByte(name, '/') <= 0 {
			return name
		}
	}
	return ""
}

func dockerContainer(id, name string, labels map[string]string, image container.Image) *container.Container {
	return &container.Container{
		ID: id, Runtime: "docker", Name: short(strings.TrimPrefix(name, "/")),
		Image: image, Labels: keepLabels(labels),
	}
}

// take gives an event to the sink. That of a container's creation has the name, the image and the labels among its
// attributes: all that is ever known of one that is removed at once.
func take(m events.Message, news sink) {
	switch m.Action {
	case events.ActionCreate:
		about := m.Actor.Attributes
		news.appeared(dockerContainer(m.Actor.ID, about["name"], about, dockerImage(about["image"], "", nil, nil)))
	case events.ActionStart, events.ActionRename:
		news.changed(m.Actor.ID)
	case events.ActionDie, events.ActionDestroy:
		news.ended(m.Actor.ID)
	}
}

func (d *docker) use(api *client.Client) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.client, d.images = api, map[string][2][]string{}
}

func (d *docker) api() (*client.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.client == nil {
		return nil, errDown
	}
	return d.client, nil
}

func (d *docker) inspect(ctx context.Context, id string) (details, error) {
	api, err := d.api()
	if err != nil {
		return details{}, err
	}
	if !isContainerID(id) {
		return details{}, errUnknown // it would be taken for a name, or for the beginning of an id
	}
	found, err := api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if cerrdefs.IsNotFound(err) {
		return details{}, errUnknown
	}
	if err != nil {
		return details{}, err
	}
	c := found.Container
	if c.ID != id || c.Config == nil || c.State == nil {
		return details{}, errors.New("the engine answers about something else")
	}
	tags, digests := d.imageNames(ctx, api, c.Image)
	answer := details{container: dockerContainer(id, c.Name, c.Config.Labels, dockerImage(c.Config.Image, c.Image, tags, digests))}
	if c.State.Running || c.State.Paused {
		answer.pid = c.State.Pid
	} else {
		answer.ended = c.State.Status != "created" && c.State.Status != "restarting"
	}
	return answer, nil
}

// imageNames are the names and the repositories' digests of an image. An image may be gone while its container runs.
func (d *docker) imageNames(ctx context.Context, api *client.Client, id string) (tags, digests []string) {
	d.mu.Lock()
	known, ok := d.images[id]
	d.mu.Unlock()
	if ok {
		return known[0], known[1]
	}
	if !isDigest(id) {
		return nil, nil
	}
	found, err := api.ImageInspect(ctx, id)
	if err != nil {
		return nil, nil
	}
	tags, digests = found.RepoTags[:min(len(found.RepoTags), hashesLimit)], found.RepoDigests[:min(len(found.RepoDigests), hashesLimit)]
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.images) >= imagesLimit {
		clear(d.images)
	}
	d.images[id] = [2][]string{tags, digests}
	return tags, digests
}

// processes asks the engine, which starts a ps for it: see IsOwn.
func (d *docker) processes(ctx context.Context, id string) ([]int, error) {
	api, err := d.api()
	if err != nil {
		return nil, err
	}
	top, err := api.ContainerTop(ctx, id, client.ContainerTopOptions{Arguments: []string{"-o", "pid"}})
	if err != nil {
		return nil, err
	}
	column := -1
	for i, title := range top.Titles {
		if title == "PID" {
			column = i
		}
	}
	var pids []int
	for _, process := range top.Processes {
		if column >= 0 && column < len(process) {
			if pid, err := strconv.Atoi(process[column]); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids, nil
}

// isContainerID is 64 hexadecimal digits.
func isContainerID(id string) bool {
	return len(id) == 64 && strings.Trim(id, "0123456789abcdef") == ""
}
