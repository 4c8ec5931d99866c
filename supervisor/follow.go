//go:build linux

package supervisor

type followState struct{}

func (s *Supervisor) beginFollow()                                   { s.agentRuns() }
func (s *Supervisor) startCommandEnded(c *child, status Status) bool { return false }
func (s *Supervisor) lookForDaemon()                                 {}
func (s *Supervisor) followTimedOut()                                {}
