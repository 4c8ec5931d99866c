package runtime

import (
	"context"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	eventtypes "github.com/containerd/containerd/api/events"
	containers "github.com/containerd/containerd/api/services/containers/v1"
	events "github.com/containerd/containerd/api/services/events/v1"
	images "github.com/containerd/containerd/api/services/images/v1"
	namespaces "github.com/containerd/containerd/api/services/namespaces/v1"
	tasks "github.com/containerd/containerd/api/services/tasks/v1"
	"github.com/containerd/containerd/api/types"
	"github.com/containerd/containerd/api/types/task"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tsboot/tsboot/watch/container"
)

// daemon is a containerd that has what a test puts there.
type daemon struct {
	t      *testing.T
	path   string
	server *grpc.Server

	mu         sync.Mutex
	containers map[string]map[string]*containers.Container // by namespace and id
	pids       map[string][]uint32                         // by id, the first process first
	images     map[string]string                           // digests by name
	hang       map[string]chan struct{}                    // ids about which it answers when the channel is closed
	listeners  map[chan *types.Envelope]bool
}

type (
	daemonContainers struct {
		*daemon
		containers.UnimplementedContainersServer
	}
	daemonTasks struct {
		*daemon
		tasks.UnimplementedTasksServer
	}
	daemonImages struct {
		*daemon
		images.UnimplementedImagesServer
	}
	daemonNamespaces struct {
		*daemon
		namespaces.UnimplementedNamespacesServer
	}
	daemonEvents struct {
		*daemon
		events.UnimplementedEventsServer
	}
)

func newDaemon(t *testing.T, path string) *daemon {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "containerd.sock")
	}
	d := &daemon{
		t: t, path: path, server: grpc.NewServer(),
		containers: map[string]map[string]*containers.Container{}, pids: map[string][]uint32{},
		images: map[string]string{}, hang: map[string]chan struct{}{}, listeners: map[chan *types.Envelope]bool{},
	}
	containers.RegisterContainersServer(d.server, daemonContainers{daemon: d})
	tasks.RegisterTasksServer(d.server, daemonTasks{daemon: d})
	images.RegisterImagesServer(d.server, daemonImages{daemon: d})
	namespaces.RegisterNamespacesServer(d.server, daemonNamespaces{daemon: d})
	events.RegisterEventsServer(d.server, daemonEvents{daemon: d})
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = d.server.Serve(listener) }()
	t.Cleanup(d.server.Stop)
	return d
}

func spaceOf(ctx context.Context) string {
	md, _ := metadata.FromIncomingContext(ctx)
	return strings.Join(md.Get("containerd-namespace"), ",")
}

func (d daemonContainers) Get(ctx context.Context, r *containers.GetContainerRequest) (*containers.GetContainerResponse, error) {
	d.mu.Lock()
	hang := d.hang[r.ID]
	d.mu.Unlock()
	if hang != nil {
		<-hang
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c, ok := d.daemon.containers[spaceOf(ctx)][r.ID]; ok {
		return &containers.GetContainerResponse{Container: c}, nil
	}
	return nil, status.Error(codes.NotFound, "no such container")
}

func (d daemonContainers) ListStream(_ *containers.ListContainersRequest, stream containers.Containers_ListStreamServer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.daemon.containers[spaceOf(stream.Context())] {
		if err := stream.Send(&containers.ListContainerMessage{Container: c}); err != nil {
			return err
		}
	}
	return nil
}

func (d daemonTasks) List(ctx context.Context, _ *tasks.ListTasksRequest) (*tasks.ListTasksResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := &tasks.ListTasksResponse{}
	for id := range d.daemon.containers[spaceOf(ctx)] {
		if pids := d.pids[id]; len(pids) > 0 {
			answer.Tasks = append(answer.Tasks, &task.Process{ID: id, Pid: pids[0]})
		}
	}
	return answer, nil
}

func (d daemonTasks) Get(_ context.Context, r *tasks.GetRequest) (*tasks.GetResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if pids := d.pids[r.ContainerID]; len(pids) > 0 {
		return &tasks.GetResponse{Process: &task.Process{ID: r.ContainerID, Pid: pids[0]}}, nil
	}
	return nil, status.Error(codes.NotFound, "no such task")
}

func (d daemonTasks) ListPids(_ context.Context, r *tasks.ListPidsRequest) (*tasks.ListPidsResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := &tasks.ListPidsResponse{}
	for _, pid := range d.pids[r.ContainerID] {
		answer.Processes = append(answer.Processes, &task.ProcessInfo{Pid: pid})
	}
	return answer, nil
}

func (d daemonImages) Get(_ context.Context, r *images.GetImageRequest) (*images.GetImageResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if digest, ok := d.daemon.images[r.Name]; ok {
		return &images.GetImageResponse{Image: &images.Image{Name: r.Name, Target: &types.Descriptor{Digest: digest}}}, nil
	}
	return nil, status.Error(codes.NotFound, "no such image")
}

func (d daemonImages) List(_ context.Context, r *images.ListImagesRequest) (*images.ListImagesResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := &images.ListImagesResponse{}
	for name, digest := range d.daemon.images {
		if slices.Contains(r.Filters, "target.digest=="+digest) {
			answer.Images = append(answer.Images, &images.Image{Name: name})
		}
	}
	return answer, nil
}

func (d daemonNamespaces) List(context.Context, *namespaces.ListNamespacesRequest) (*namespaces.ListNamespacesResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := &namespaces.ListNamespacesResponse{}
	for space := range d.daemon.containers {
		answer.Namespaces = append(answer.Namespaces, &namespaces.Namespace{Name: space})
	}
	return answer, nil
}

func (d daemonEvents) Subscribe(_ *events.SubscribeRequest, stream events.Events_SubscribeServer) error {
	envelopes := make(chan *types.Envelope, 100)
	d.mu.Lock()
	d.listeners[envelopes] = true
	d.mu.Unlock()
	for {
		select {
		case envelope := <-envelopes:
			if err := stream.Send(envelope); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return nil
		}
	}
}

func (d *daemon) say(space string, message proto.Message) {
	d.t.Helper()
	packed, err := anypb.New(message)
	if err != nil {
		d.t.Fatal(err)
	}
	packed.TypeUrl = strings.TrimPrefix(packed.TypeUrl, "type.googleapis.com/") // as containerd writes it
	d.sayPacked(space, packed)
}

func (d *daemon) sayPacked(space string, packed *anypb.Any) {
	d.t.Helper()
	// A list that the client has asked for later may have been answered already.
	until(d.t, "a subscriber", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.listeners) > 0
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	for listener := range d.listeners {
		listener <- &types.Envelope{Timestamp: timestamppb.Now(), Namespace: space, Event: packed}
	}
}

func (d *daemon) put(space, id, image string, labels map[string]string, pids ...uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.containers[space] == nil {
		d.containers[space] = map[string]*containers.Container{}
	}
	d.containers[space][id] = &containers.Container{ID: id, Image: image, Labels: labels}
	d.pids[id] = pids
}

func TestContainerd(t *testing.T) {
	t.Parallel()
	proc := newProc(t)
	proc.put(100, "nginx", "0::/kubepods.slice/cri-containerd-"+idOf('a')+".scope\n", 1)
	proc.put(200, "sh", "0::/default/mine\n", 1)
	proc.put(101, "nginx", "0::/\n", 2)
	d := newDaemon(t, "")
	d.images["docker.io/library/nginx:1.27"] = digestOf('2')
	d.images[digestOf('1')] = digestOf('2') // as the kubelet's part notes the configuration
	pod := map[string]string{"io.kubernetes.pod.name": "web-1", "io.kubernetes.container.name": "nginx", "x": strings.Repeat("y", 4000)}
	d.put("k8s.io", idOf('a'), "docker.io/library/nginx:1.27", pod, 100, 101)
	d.put(dockerNamespace, idOf('b'), "", nil)
	r := follow(t, Options{Containerd: d.path, Proc: proc.dir})
	connected(t, r)
	c := known(t, r, idOf('a'))
	if c.Name != "nginx" || c.Runtime != "containerd" || c.Image.Name != "nginx" || c.Image.Tag != "1.27" || len(c.Labels) != 2 ||
		!slices.Equal(c.Image.Hashes, []string{digestOf('2'), digestOf('1')}) {
		t.Errorf("it is %+v", c)
	}
	if id, _ := r.ContainerOfInit(100, time.Now()); id != idOf('a') {
		t.Errorf("100 is the first process of %q", id)
	}
	if id, _ := r.Top(t.Context(), 101); id != idOf('a') {
		t.Errorf("101 is of %q", id)
	}
	if c := await(t, r, idOf('b')); c.Missing != missingUnknown {
		t.Errorf("one of Docker's is %+v", c)
	}

	d.put("default", "mine", "ghcr.io/me/app@"+digestOf('3'), nil, 200)
	d.say("default", &eventtypes.ContainerCreate{ID: "mine", Image: "ghcr.io/me/app@" + digestOf('3')})
	d.say("default", &eventtypes.TaskCreate{ContainerID: "mine", Pid: 200})
	until(t, "its first process is known", func() bool { id, _ := r.ContainerOfInit(200, time.Now()); return id == "mine" })
	c = known(t, r, "mine")
	if c.Name != "mine" || c.Image.Name != "ghcr.io/me/app" || !slices.Equal(c.Image.Hashes, []string{digestOf('3')}) {
		t.Errorf("it is %+v", c)
	}
	executed := time.Now()
	d.say("default", &eventtypes.TaskExecStarted{ContainerID: "mine", ExecID: "check", Pid: 201}) // and is gone
	until(t, "its exec is known", func() bool { id, _ := r.StartedAbout(201, executed); return id == "mine" })
	if id, _ := r.ContainerOfInit(200, time.Now()); id != "mine" {
		t.Errorf("the first process is of %q", id)
	}
	executed = time.Now()
	d.say("default", &eventtypes.TaskStart{ContainerID: "other", Pid: 203}) // and is gone
	until(t, "one that was started is known", func() bool { id, _ := r.StartedAbout(203, executed); return id == "other" })
	proc.put(202, "sh", "0::/default/mine\n", 5000)
	d.say("default", &eventtypes.TaskExecStarted{ContainerID: "mine", ExecID: "long", Pid: 202})
	until(t, "its other exec is known", func() bool { id, _ := r.ContainerOfInit(202, time.Now()); return id == "mine" })
	d.say("default", &eventtypes.TaskExit{ContainerID: "mine", ID: "long", Pid: 202})
	until(t, "the end of that is known", func() bool {
		r.pids.mu.Lock()
		defer r.pids.mu.Unlock()
		return !r.pids.pids[202].gone.IsZero()
	})
	d.say("default", &eventtypes.TaskExit{ContainerID: "mine", ID: "mine", Pid: 200})
	d.say("default", &eventtypes.TaskDelete{ContainerID: "mine"})
	d.say("default", &eventtypes.ContainerDelete{ID: "mine"})
	until(t, "it has ended", func() bool { return r.Stats()[0].Containers == 1 })
	if c, ok := r.Lookup("mine"); !ok || c.Name != "mine" {
		t.Errorf("what ended a moment ago is %+v", c)
	}
}

// TestAContainerThatIsTooLarge: it has no name. Others have theirs, though the list ends at it, and so have those that come.
func TestAContainerThatIsTooLarge(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "")
	d.put("k8s.io", idOf('a'), "docker.io/library/a:1", nil)
	d.put("k8s.io", idOf('b'), "docker.io/library/b:1", map[string]string{"x": strings.Repeat("y", 5<<20)})
	r := follow(t, Options{Containerd: d.path})
	connected(t, r)
	until(t, "one beside it is known", func() bool { return r.Await(t.Context(), idOf('a')).Image.Name == "a" })
	until(t, "its answer is refused", func() bool { return r.Await(t.Context(), idOf('b')).Missing == missingFailed })
	d.put("k8s.io", idOf('c'), "docker.io/library/c:1", nil)
	d.say("k8s.io", &eventtypes.ContainerCreate{ID: idOf('c'), Image: "docker.io/library/c:1"})
	until(t, "the next one is known", func() bool { c, _ := r.Lookup(idOf('c')); return c != nil && c.Image.Name == "c" })
	if n := r.Stats()[0].Connections; n != 1 {
		t.Errorf("it took %d connections", n)
	}
}

// TestWrongNewsOfContainerd: what cannot be is left out, and the news after it are taken.
func TestWrongNewsOfContainerd(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "")
	r := follow(t, Options{Containerd: d.path})
	connected(t, r)
	long := strings.Repeat("x", textLimit+1)
	for _, message := range []proto.Message{
		&eventtypes.ContainerCreate{}, &eventtypes.ContainerCreate{ID: long}, &eventtypes.ContainerCreate{ID: idOf('a'), Image: long},
		&eventtypes.ContainerUpdate{}, &eventtypes.ContainerDelete{}, &eventtypes.ContainerDelete{ID: "none"},
		&eventtypes.TaskCreate{}, &eventtypes.TaskCreate{ContainerID: "x"}, &eventtypes.TaskCreate{ContainerID: "x", Pid: 1<<32 - 1},
		&eventtypes.TaskStart{}, &eventtypes.TaskStart{ContainerID: long}, &eventtypes.TaskDelete{}, &eventtypes.TaskExit{}, &eventtypes.TaskExit{ContainerID: "x", ID: "none"},
		&eventtypes.TaskExecStarted{}, &eventtypes.TaskExecStarted{ContainerID: "x", ExecID: long}, &eventtypes.ImageCreate{Name: "x"},
	} {
		d.say("default", message)
		d.say("", message)
	}
	d.sayPacked("default", nil)
	d.sayPacked("default", &anypb.Any{TypeUrl: "containerd.events.TaskCreate", Value: []byte("\xff\xff")})
	d.sayPacked("default", &anypb.Any{TypeUrl: long, Value: []byte(long)})
	d.put("default", "web", "docker.io/library/web:1", nil)
	d.say("default", &eventtypes.ContainerCreate{ID: "web", Image: "docker.io/library/web:1"})
	if c := known(t, r, "web"); c.Image.Name != "web" {
		t.Errorf("it is %+v", c)
	}
	if id, ok := r.ContainerOfInit(0, time.Now()); ok {
		t.Errorf("nobody is the first process of %q", id)
	}
	if n := r.Stats()[0].Connections; n != 1 {
		t.Errorf("it took %d connections", n)
	}
}

// TestAnIDOfTwoNamespaces: which of the two is meant is not known, so neither's name is given.
func TestAnIDOfTwoNamespaces(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "")
	d.put("default", "db", "docker.io/library/redis:7", nil)
	d.put("other", "db", "docker.io/library/mysql:9", nil)
	r := follow(t, Options{Containerd: d.path})
	connected(t, r)
	if c := known(t, r, "db"); c.Missing != missingAmbiguous || c.Image.Name != "" {
		t.Errorf("it is %+v", c)
	}
}

func TestContainerdRestarts(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "")
	d.put("k8s.io", idOf('a'), "docker.io/library/a:1", nil)
	r := follow(t, Options{Containerd: d.path})
	connected(t, r)
	known(t, r, idOf('a'))
	d.server.Stop()
	until(t, "the loss is noticed", func() bool { return !r.Stats()[0].Connected })
	if c := r.Await(t.Context(), idOf('a')); c.Image.Name != "a" {
		t.Errorf("while it is away: %+v", c)
	}
	d = newDaemon(t, d.path)
	d.put("k8s.io", idOf('b'), "docker.io/library/b:1", nil)
	until(t, "the new one is known", func() bool { return r.Await(t.Context(), idOf('b')).Image.Name == "b" })
}

// TestContainerdWasAway: what ended meanwhile is known by its pid no more, when that is another's. What is still there is known.
func TestContainerdWasAway(t *testing.T) {
	t.Parallel()
	proc := newProc(t)
	proc.put(100, "web", "0::/default/web\n", 1)
	proc.put(101, "sh", "0::/default/web\n", 2)
	proc.put(200, "db", "0::/default/db\n", 3)
	d := newDaemon(t, "")
	d.put("default", "web", "docker.io/library/web:1", nil, 100)
	d.put("default", "db", "docker.io/library/db:1", nil, 200)
	r := follow(t, Options{Containerd: d.path, Proc: proc.dir})
	connected(t, r)
	d.say("default", &eventtypes.TaskExecStarted{ContainerID: "web", ExecID: "x", Pid: 101})
	is := func(pid int, at time.Time) string {
		id, _ := r.ContainerOfInit(pid, at)
		return id
	}
	until(t, "all are known", func() bool {
		return is(100, time.Now()) == "web" && is(101, time.Now()) == "web" && is(200, time.Now()) == "db"
	})
	d.server.Stop()
	until(t, "the loss is noticed", func() bool { return !r.Stats()[0].Connected })
	proc.remove(101)
	proc.remove(200)
	d = newDaemon(t, d.path)
	d.put("default", "web", "docker.io/library/web:1", nil, 100)
	connected(t, r)
	later := time.Now().Add(2 * container.PIDReuse(proc.dir))
	if id := is(101, later); id != "" {
		t.Errorf("who has the pid of an exec now is said to be of %q", id)
	}
	if id := is(200, later); id != "" {
		t.Errorf("who has the pid of a first process now is said to be of %q", id)
	}
	if id := is(100, later); id != "web" {
		t.Errorf("what is still there is of %q", id)
	}
	proc.put(100, "cron", "0::/system.slice/cron.service\n", 5000)
	if id := is(100, time.Now()); id != "" {
		t.Errorf("another process is said to be of %q", id)
	}
}

// TestWhenContainerdSaidIt: news may wait, while tswatch stands still. They are of the time when they were made.
func TestWhenContainerdSaidIt(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct {
		stamp *timestamppb.Timestamp
		want  time.Time
	}{
		{nil, now},
		{timestamppb.New(now.Add(-time.Minute)), now.Add(-time.Minute)},
		{timestamppb.New(now.Add(time.Minute)), now},
		{&timestamppb.Timestamp{Seconds: 1 << 62}, now},
	} {
		if got := saidAt(&types.Envelope{Timestamp: c.stamp}, now); !got.Equal(c.want) {
			t.Errorf("%v: said at %s, want %s", c.stamp, got, c.want)
		}
	}
	if got := saidAt(&types.Envelope{Timestamp: &timestamppb.Timestamp{Seconds: -1 << 62}}, now); !got.Before(now.AddDate(-100, 0, 0)) {
		t.Errorf("long ago is %s", got)
	}
}

// TestWhatIsNotContainerd: a server that knows none of the questions is not asked again and again.
func TestWhatIsNotContainerd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "other.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	r := follow(t, Options{Containerd: path})
	until(t, "it is found out", func() bool { return strings.Contains(r.Stats()[0].LastError, "Unimplemented") })
	until(t, "it is tried again", func() bool { return r.Stats()[0].Connections == 3 })
	if c := r.Await(t.Context(), idOf('a')); c.Missing == "" {
		t.Errorf("it is %+v", c)
	}
}

// TestBackoff: tries get rarer, and many hosts do not try at once.
func TestBackoff(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{0: 100 * time.Millisecond, 3: 800 * time.Millisecond, 8: 25600 * time.Millisecond, 9: 30 * time.Second, 1000: 30 * time.Second} {
		if got := backoff(failures); got < want*3/4 || got > want*5/4 {
			t.Errorf("after %d failures: %s", failures, got)
		}
	}
}

// TestDockerGoesFirst: of a container that both know, Docker says what it is.
func TestDockerGoesFirst(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "")
	d.put("k8s.io", idOf('a'), "docker.io/library/other:1", nil)
	e := newEngine(t, "")
	e.put(idOf('a'), "docker", "busybox", nil)
	r := follow(t, Options{Docker: e.path, Containerd: "unix://" + d.path})
	connected(t, r)
	until(t, "Docker's answer is known", func() bool { return r.Await(t.Context(), idOf('a')).Name == "docker" })
}

// TestContainerdHangs: it accepts and says nothing. Await is back in time, and the actor ends all the same.
func TestContainerdHangs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "silent.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		for conn := range accepted {
			_ = conn.Close()
		}
	})
	r := follow(t, Options{Containerd: path})
	for range 3 {
		began := time.Now()
		c := r.Await(t.Context(), idOf('a'))
		if took := time.Since(began); c.Missing != missingLate || took > atOnce {
			t.Errorf("after %s it is %+v", took, c)
		}
	}
}

// TestContainerdHangsLater: one answer does not come. What is known already is said at once, and what becomes known later, too.
func TestContainerdHangsLater(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "")
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	d.hang[idOf('b')] = hang
	d.put("k8s.io", idOf('a'), "docker.io/library/a:1", nil)
	r := follow(t, Options{Containerd: d.path})
	connected(t, r)
	known(t, r, idOf('a'))
	d.say("k8s.io", &eventtypes.ContainerCreate{ID: idOf('b'), Image: "docker.io/library/b:2"})
	until(t, "the event is taken", func() bool { c, _ := r.Lookup(idOf('b')); return c != nil })
	began := time.Now()
	c := r.Await(t.Context(), idOf('b'))
	if took := time.Since(began); c.Image.Name != "b" || c.Image.Tag != "2" || took > atOnce {
		t.Errorf("after %s it is %+v", took, c)
	}
	if c := r.Await(t.Context(), idOf('a')); c.Image.Name != "a" {
		t.Errorf("another is %+v", c)
	}
}

// TestOrchestrators: the sandbox of a pod, its container, one of nerdctl, one of ECS by containerd, and labels that are nothing.
func TestOrchestrators(t *testing.T) {
	t.Parallel()
	pod := map[string]string{"io.kubernetes.pod.name": "web-1", "io.kubernetes.pod.namespace": "shop", "io.kubernetes.pod.uid": "u-1"}
	with := func(more ...string) map[string]string {
		labels := map[string]string{}
		for key, value := range pod {
			labels[key] = value
		}
		for i := 0; i < len(more); i += 2 {
			labels[more[i]] = more[i+1]
		}
		return labels
	}
	d := newDaemon(t, "")
	d.put("k8s.io", idOf('a'), "registry.k8s.io/pause:3.9", with("io.cri-containerd.kind", "sandbox"))
	d.put("k8s.io", idOf('b'), "docker.io/library/nginx:1.27", with("io.cri-containerd.kind", "container", "io.kubernetes.container.name", "nginx"))
	d.put("default", idOf('c'), "docker.io/library/redis:7", map[string]string{"nerdctl/name": "cache", "nerdctl/namespace": "default"})
	d.put("default", idOf('d'), "docker.io/library/odd@"+digestOf('4'), map[string]string{
		"io.kubernetes.pod.name": "", "io.kubernetes.container.name": strings.Repeat("x", textLimit+1), "com.amazonaws.ecs.task-arn": "\n\x00{}",
	})
	r := follow(t, Options{Containerd: d.path})
	connected(t, r)
	for _, c := range []struct {
		id          rune
		name, image string
		labels      int
	}{
		{'a', "", "registry.k8s.io/pause", 3}, {'b', "nginx", "nginx", 4}, {'c', "cache", "redis", 0}, {'d', "", "odd", 2},
	} {
		got := known(t, r, idOf(c.id))
		if got.Name != c.name || got.Image.Name != c.image || len(got.Labels) != c.labels || got.Missing != "" {
			t.Errorf("%c is %+v", c.id, got)
		}
	}
}
