package runtime

import (
	"context"
	"errors"

	containers "github.com/containerd/containerd/api/services/containers/v1"
	images "github.com/containerd/containerd/api/services/images/v1"
	tasks "github.com/containerd/containerd/api/services/tasks/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/tsboot/tsboot/watch/container"
)

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
