package supervisor

import "github.com/tsboot/tsboot/supervisor/process"

// maskSet is nil where there is no output to mask.
func (p Plan) maskSet() *process.SecretSet {
	if len(p.Setup)+len(p.BeforeStart) == 0 {
		return nil
	}
	return process.NewSecretSet(p.Redact)
}

// startsAgain reports whether the agent may be started again: when it has ended,
// when its health check says so, or by a refresh.
func (p Plan) startsAgain() bool {
	return !p.Agent.startsOnce() || p.Agent.RefreshSignal != 0 || p.Refreshed || p.Health != nil && p.Health.Interval > 0
}

// startsOnce reports whether the command is not started again when it has ended.
func (a Agent) startsOnce() bool { return a.Restart == RestartNo || a.Restart == "" }
