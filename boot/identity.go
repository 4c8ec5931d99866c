package boot

import (
	"context"
	"time"

	"github.com/tsboot/tsboot/secrets/ssm"
	"github.com/tsboot/tsboot/supervisor"
)

// Which task of ECS tsboot runs in is only for status and the report of the boot: nothing needs it. So a worker asks for
// it beside the fetch, once, and leaves out what does not answer. A refresh has it from the worker before.

// identityWait is how much longer than the rest of its work a worker waits for the answer.
const identityWait = 100 * time.Millisecond

// host is what this host says about itself and the task. Making it asks nobody.
func (p *preparation) host() *ssm.Metadata {
	if p.metadata == nil {
		p.metadata = ssm.NewMetadata(p.fetchOptions())
	}
	return p.metadata
}

// askIdentity begins to ask, in a worker that does not have the answer of an earlier one.
func (p *preparation) askIdentity(ctx context.Context) {
	if p.task != nil && *p.task == (ECSRecord{}) {
		p.host().AskTask(ctx)
	}
}

// takeIdentity records the answer. A preparation that fails does not wait for it.
func (p *preparation) takeIdentity(failed bool) {
	if p.task == nil {
		return
	}
	if p.record.ECS = *p.task; p.metadata == nil {
		return
	}
	wait := identityWait
	if failed {
		wait = 0
	}
	if task := p.metadata.Task(wait); task != (ssm.Task{}) {
		p.record.ECS = ECSRecord{
			Cluster: task.Cluster, TaskARN: task.ARN, TaskID: task.ID, Family: task.Family, Revision: task.Revision,
			AvailabilityZone: task.AvailabilityZone, ContainerInstance: task.ContainerInstance, Image: task.Image,
		}
	}
}

// knownTask is the task that an earlier worker has found; zero: none has.
func (b *Boot) knownTask() ECSRecord {
	if runs := b.runs.of(supervisor.Snapshot{}); runs != nil {
		return runs.ecs
	}
	return ECSRecord{}
}
