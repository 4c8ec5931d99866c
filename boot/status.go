package boot

import (
	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/supervisor"
)

// Status is what tsboot does now. Any goroutine may call it at any time. It asks nobody, and never has the value of a
// parameter. Until the first fetch has ended it has what the command line says.
func (b *Boot) Status() control.Status {
	status := control.Status{Version: b.version, Parameters: []control.Parameter{}, Files: []control.File{}}
	snapshot, refresh := b.snapshot(), b.refreshes.get()
	showAgent(snapshot, &status)
	runs := b.runs.of(snapshot)
	if runs == nil {
		runs = b.given()
	}
	runs.show(&status)
	status.Refresh = control.Refresh{
		Last: control.At(refresh.Last), Next: control.At(refresh.Next), LastError: control.Text(refresh.LastError),
		Refreshes: refresh.Refreshes, Rollbacks: refresh.Rollbacks, ProbationUntil: control.At(snapshot.ProbationUntil),
	}
	return status
}

// given is what the command line says before anything is prepared.
func (b *Boot) given() *running {
	given := &running{region: b.options.Sources.Region, profile: b.options.Profile}
	if given.profile == ProfileAuto { // none is chosen yet
		given.profile = ""
	}
	return given
}

// snapshot is that of the supervisor; before there is one, that of a boot that has just begun.
func (b *Boot) snapshot() supervisor.Snapshot {
	if sup := b.sup.Load(); sup != nil {
		return sup.Snapshot()
	}
	return supervisor.Snapshot{Phase: phaseFetching, Since: b.times.began}
}

// Two of the phases, as the supervisor calls them.
const (
	phaseFetching = "fetching"
	phaseStopping = "stopping"
)

func showAgent(now supervisor.Snapshot, status *control.Status) {
	status.Phase, status.Since = now.Phase, control.At(now.Since)
	status.Agent = control.Agent{StartedAt: control.At(now.StartedAt), Restarts: now.Restarts}
	if now.AgentPID != 0 {
		status.Agent.PID = &now.AgentPID
	}
	if len(now.AgentPIDs) > 1 {
		status.Agent.PIDs = now.AgentPIDs
	}
	if last := now.LastExit; last != nil {
		exit := control.Exit{Code: last.ExitCode(), Reason: string(last.Reason), At: control.At(now.LastEnd)}
		if last.Signal != 0 {
			exit.Signal = control.Text(last.Signal.String())
		}
		status.Agent.LastExit = &exit
	}
}

// show fills in what the agent runs on.
func (r *running) show(status *control.Status) {
	status.Profile, status.Region = control.Text(r.profile), control.Text(r.region)
	for _, p := range r.parameters {
		row := control.Parameter{Name: p.name, Source: p.source}
		if p.version != 0 {
			row.Version = &p.version
		}
		status.Parameters = append(status.Parameters, row)
	}
	for _, f := range r.files {
		status.Files = append(status.Files, control.File{Path: f.path, ChangedAt: control.At(f.changed)})
	}
	if r.identity != (IdentityRecord{}) {
		status.Identity = &control.Identity{ARN: control.Text(r.identity.ARN), Provider: control.Text(r.identity.Provider)}
	}
	if e := r.ecs; e != (ECSRecord{}) {
		status.ECS = &control.ECS{
			Cluster: control.Text(e.Cluster), TaskARN: control.Text(e.TaskARN), TaskID: control.Text(e.TaskID),
			Family: control.Text(e.Family), Revision: control.Text(e.Revision), AvailabilityZone: control.Text(e.AvailabilityZone),
			ContainerInstance: control.Text(e.ContainerInstance), Image: control.Text(e.Image),
		}
	}
}
