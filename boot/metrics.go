package boot

import (
	"path/filepath"

	"github.com/tsboot/tsboot/metrics"
	"github.com/tsboot/tsboot/supervisor"
)

// MetricsActor keeps the file of --metrics-file up to date, as an actor of a run group. It ends after the actor of the boot
// has, so the file says how the agent ended.
func (b *Boot) MetricsActor(sup *supervisor.Supervisor) (execute func() error, interrupt func(error)) {
	path, err := filepath.Abs(b.options.MetricsFile) // the working directory is another one once the agent runs
	if err != nil {
		path = b.options.MetricsFile // the directory that it is relative to is gone: the first write says so
	}
	writer := metrics.Writer{Path: path, Log: b.log, Changed: b.changed, Collect: b.metrics}
	execute = func() error {
		passed := make(chan struct{})
		go func() {
			defer close(passed)
			b.noteChanges(sup)
		}()
		writer.Run(b.ended)
		<-passed
		return nil
	}
	return execute, func(error) {} // what interrupts the boot ends this, too
}

// noteChanges passes on what changes in the supervisor.
func (b *Boot) noteChanges(sup *supervisor.Supervisor) {
	for {
		select {
		case <-sup.Changes():
			b.changed.give()
		case <-b.ended:
			return
		}
	}
}

// metrics are those of this moment.
func (b *Boot) metrics() metrics.Metrics {
	now, refresh := b.snapshot(), b.refreshes.get()
	m := metrics.Metrics{
		BootDuration: b.times.took(), FetchCalls: refresh.Calls, FetchFailures: refresh.Failures, AgentRestarts: now.Restarts,
		Phase: now.Phase, Refreshes: refresh.Refreshes, Rollbacks: refresh.Rollbacks,
	}
	if now.LastExit != nil {
		code := now.LastExit.ExitCode()
		m.LastExitCode = &code
	}
	select {
	case <-b.ended:
		m.Phase = phaseStopping // also where it ends by itself
	default:
	}
	if runs := b.runs.of(now); runs != nil {
		for _, p := range runs.parameters {
			m.ParameterChange = append(m.ParameterChange, metrics.ParameterChange{Name: p.name, At: p.modified})
		}
	}
	return m
}
