//go:build linux

package supervisor

import "slices"

// generation is a plan that the agent runs on, or is to run on, and what is known of
// its setup when that has been.
type generation struct {
	Plan
	secretSetup bool // a step took a secret: the steps are gone
	quiet       bool // what the steps print was masked, with secrets that are gone
}

// adopt makes a generation the current one.
func (s *Supervisor) adopt(g generation) {
	s.plan, s.rules = g, s.defaults
	a := g.Agent
	if a.StopOn != nil {
		s.rules.stopOn = a.StopOn
	}
	if a.SignalRewrite != nil {
		s.rules.rewrite = a.SignalRewrite
	}
	s.rules.refresh = a.RefreshSignal
	s.grace = a.Grace
	s.agent.scope = a.SignalScope
	if s.agent.scope == "" {
		s.agent.scope = ScopeGroup
	}
	s.arm()
	s.agent.limit.burst, s.agent.limit.interval = a.StartLimitBurst, a.StartLimitInterval
}

// settle lets go of what only another start would need, unless one may come: by a
// trial that fails, too.
func (s *Supervisor) settle() {
	if s.trial.state == trialNone && !s.plan.startsAgain() {
		s.closeInherited()
		s.forgetCommand()
	}
	s.collect()
}

// takesSecret reports whether a step of a setup does.
func takesSecret(steps []Step) bool {
	return slices.ContainsFunc(steps, func(step Step) bool { return step.Secret })
}
