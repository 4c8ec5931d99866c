package ssm

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tsboot/tsboot/secrets"
)

// A Task is what ECS says about the task that tsboot runs in. A field is empty
// where the metadata does not have it.
type Task struct {
	Cluster           string // the name, also where the metadata has the ARN
	ARN               string
	ID                string
	Family            string
	Revision          string
	AvailabilityZone  string
	ContainerInstance string // the id; only in the container's metadata file
	Image             string // of the container that tsboot runs in
}

// Metadata is what the endpoints on this host say about the host and the task.
// The endpoints are asked only by its methods, which one goroutine calls.
type Metadata struct {
	options Options
	session *session
	client  *localClient
	cancel  context.CancelFunc // of the inquiries

	task  *inquiry[document] // of AskTask; nil: it was not called, or tsboot is not in a task
	image *inquiry[string]
	file  *inquiry[document]
}

// NewMetadata asks nobody.
func NewMetadata(o Options) *Metadata {
	s := newSession(o)
	return &Metadata{options: o, session: s, client: newLocalClient(s.policy), cancel: func() {}}
}

// AskTask begins to ask about the task, each thing once: nothing needs the answer,
// so it is asked beside other work and not again. Outside of ECS it does nothing.
func (m *Metadata) AskTask(ctx context.Context) {
	base := m.session.env.get(taskMetadata)
	if base == "" || checkURLOf(taskMetadata, base) != nil {
		return
	}
	ctx, m.cancel = context.WithCancel(new(contact).with(ctx))
	m.task = inquire(func() (document, error) { return m.client.document(ctx, taskURL(base)) })
	m.image = inquire(func() (string, error) { return m.askImage(ctx, base) })
	m.file = inquire(m.session.env.containerDocument)
}

// askImage asks for the container only where the task has several.
func (m *Metadata) askImage(ctx context.Context, base string) (string, error) {
	task, err := m.task.answer(ctx)
	if image := task.image(); image != "" || err != nil {
		return image, err
	}
	container, err := m.client.document(ctx, base)
	return container.text("Image"), err
}

// Task is what AskTask has found out, after at most that wait. It ends what is
// still being asked. Nobody may call it twice.
func (m *Metadata) Task(wait time.Duration) Task {
	defer m.cancel()
	if m.task == nil {
		return Task{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	task, err := m.task.answer(ctx)
	image, _ := m.image.answer(ctx)
	file, _ := m.file.answer(ctx)
	if err != nil {
		m.session.log.Debug("task metadata is not known", "error", m.session.env.clean(oneLine(err.Error())))
	}
	return Task{
		Cluster: task.fact(secrets.FactCluster), ARN: task.text("TaskARN"), ID: task.fact(secrets.FactTaskID),
		Family: task.fact(secrets.FactFamily), Revision: task.fact(secrets.FactRevision),
		AvailabilityZone: task.fact(secrets.FactAvailabilityZone), ContainerInstance: file.fact(secrets.FactContainerInstance), Image: image,
	}
}

// taskURL is the address of the task's metadata, below that of the container's.
func taskURL(base string) string { return strings.TrimSuffix(base, "/") + "/task" }

// A statusError is an answer with another status than 200.
type statusError int

func (e statusError) Error() string       { return httpText(int(e)) }
func (e statusError) HTTPStatusCode() int { return int(e) }

// document asks the task metadata endpoint once.
func (c *localClient) document(ctx context.Context, url string) (document, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, &protocolError{taskMetadata + " is not a URL"}
	}
	response, err := observed(c, request, serviceTask)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, statusError(response.StatusCode)
	}
	d := readDocument(body)
	if d == nil {
		return nil, &protocolError{"task metadata that is not JSON"}
	}
	return d, nil
}

// An inquiry is a question that is asked in the background.
type inquiry[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func inquire[T any](ask func() (T, error)) *inquiry[T] {
	q := &inquiry[T]{done: make(chan struct{})}
	go func() {
		defer close(q.done)
		q.value, q.err = ask()
	}()
	return q
}

// ended says whether there is an answer.
func (q *inquiry[T]) ended() bool {
	select {
	case <-q.done:
		return true
	default:
		return false
	}
}

// answer waits for the answer until the context ends.
func (q *inquiry[T]) answer(ctx context.Context) (value T, err error) {
	if q.ended() {
		return q.value, q.err
	}
	select {
	case <-q.done:
		return q.value, q.err
	case <-ctx.Done():
		return value, context.Cause(ctx)
	}
}
