package ssm

import (
	"context"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/tsboot/tsboot/secrets"
)

// A factSource is one thing that can be asked for facts.
type factSource struct {
	facts []string
	ask   func(m *Metadata, ctx context.Context, names []string) (map[string]string, error)
}

var factSources = []factSource{
	{[]string{secrets.FactCluster, secrets.FactTaskID, secrets.FactFamily, secrets.FactRevision, secrets.FactAvailabilityZone}, (*Metadata).askTask},
	{[]string{secrets.FactContainerInstance}, (*Metadata).askFile},
	{[]string{secrets.FactHostName}, (*Metadata).askKernel},
	{[]string{secrets.FactInstanceID}, (*Metadata).askInstance},
}

// Facts asks for the facts of these names, all sources at the same time, until
// they answer or the timeout has passed; 0: never give up. There is one error for each source that
// does not give all. What AskTask has found out is not asked again. A name that no
// source has is left out.
func (m *Metadata) Facts(ctx context.Context, timeout time.Duration, names []string) (map[string]string, []error) {
	m.options.Timeout = timeout
	answers := make([]map[string]string, len(factSources))
	failures := make([]error, len(factSources))
	var group sync.WaitGroup
	for i, source := range factSources {
		wanted := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(source.facts, name) })
		if len(wanted) > 0 {
			group.Go(func() { answers[i], failures[i] = source.ask(m, ctx, wanted) })
		}
	}
	group.Wait()
	values := map[string]string{}
	for _, answer := range answers {
		maps.Copy(values, answer)
	}
	return values, slices.DeleteFunc(failures, func(err error) bool { return err == nil })
}

// askTask asks the task metadata endpoint.
func (m *Metadata) askTask(ctx context.Context, names []string) (map[string]string, error) {
	base := m.session.env.get(taskMetadata)
	q := factQuery{names: names, where: taskMetadata, action: "task-metadata"}
	if base == "" {
		return nil, q.missing("it is not set: tsboot does not run in a task of ECS")
	}
	if err := checkURLOf(taskMetadata, base); err != nil {
		return nil, err
	}
	q.where += "=" + shownURL(base)
	if m.task != nil && m.task.ended() && m.task.value != nil {
		return q.from(m.task.value)
	}
	return m.askDocument(ctx, q, func(ctx context.Context) (document, error) { return m.client.document(ctx, taskURL(base)) })
}

// askFile reads the metadata file of the container, as soon as the agent has
// finished it.
func (m *Metadata) askFile(ctx context.Context, names []string) (map[string]string, error) {
	path := m.session.env.get(containerFile)
	q := factQuery{
		names: names, where: containerFile, action: "container-metadata-file",
		fix: "set ECS_ENABLE_CONTAINER_METADATA=true on the ECS agent of the instance (Fargate has no such file), or have the profile take a parameter instead",
	}
	if path == "" {
		return nil, q.missing("it is not set: the ECS agent writes no metadata file for this container")
	}
	q.where += "=" + path
	defer m.options.begin("reading " + q.where)()
	return m.askDocument(ctx, q, func(context.Context) (document, error) { return m.session.env.containerDocument() })
}

// askKernel takes the name of the host from the kernel: that of the container,
// except with the host's network.
func (m *Metadata) askKernel(_ context.Context, names []string) (map[string]string, error) {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return nil, factQuery{names: names, where: "the kernel"}.missing("the host has no name")
	}
	return map[string]string{secrets.FactHostName: name}, nil
}

// askInstance asks the instance metadata service.
func (m *Metadata) askInstance(ctx context.Context, names []string) (map[string]string, error) {
	q := factQuery{
		names: names, where: "the instance metadata service", action: "instance-metadata",
		fix: "let the instance answer (AWS_EC2_METADATA_DISABLED unset, its metadata turned on, a hop limit of 2 for containers under bridge networking), or have the profile take a parameter instead",
	}
	s := newSession(m.options)
	if s.env.noInstanceMetadata() {
		return nil, q.missing("AWS_EC2_METADATA_DISABLED is true")
	}
	if err := s.loadSettings(ctx); err != nil {
		return nil, err
	}
	client := newIMDSClient(s.config)
	var id string
	err := q.do(ctx, s.caller, func(ctx context.Context) (err error) {
		id, err = instanceID(ctx, client)
		return err
	})
	return map[string]string{secrets.FactInstanceID: id}, err
}

// askDocument takes the facts from a document that is asked for until it is there.
func (m *Metadata) askDocument(ctx context.Context, q factQuery, ask func(context.Context) (document, error)) (map[string]string, error) {
	var d document
	err := q.do(ctx, newSession(m.options).caller, func(ctx context.Context) (err error) {
		d, err = ask(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return q.from(d)
}
