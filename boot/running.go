package boot

import (
	"sync"
	"time"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/supervisor"
)

// running is what status and metrics say of the generation that the agent runs on: names, places and versions. It is made
// of a Record, which has more than the process that stays has to keep. Nobody changes it once it is made.
type running struct {
	profile    string
	region     string
	identity   IdentityRecord
	ecs        ECSRecord
	parameters []runningParameter
	files      []runningFile
}

// runningParameter is one that the profile uses.
type runningParameter struct {
	name     string
	source   string // sourceDefault where the profile's default is used
	version  int64  // of Parameter Store; 0: it has none
	modified time.Time
}

// sourceDefault is the source of a parameter whose value is the profile's default.
const sourceDefault = "default"

// runningFile is one that the profile writes.
type runningFile struct {
	path    string
	changed time.Time // zero: not known
}

func runningOf(r *Record) *running {
	now := &running{profile: r.Profile.Name, region: r.Region.Name, identity: r.Identity, ecs: r.ECS}
	sources := map[string]string{sourceDefault: sourceDefault} // each text once: many parameters come from one path
	for _, p := range r.Parameters {
		source := p.Source
		switch p.State {
		case configgen.ParameterFound:
		case configgen.ParameterDefault:
			source = sourceDefault
		default:
			continue
		}
		if _, seen := sources[source]; !seen {
			sources[source] = source
		}
		now.parameters = append(now.parameters, runningParameter{p.Name, sources[source], p.Version, p.LastModified})
	}
	for _, f := range r.Files {
		now.files = append(now.files, runningFile{f.Path, f.Changed})
	}
	return now
}

// A show is what status and metrics say the agent runs on. Any goroutine may read it; the refresher changes it.
type show struct {
	changed notice
	mu      sync.Mutex
	kept    *running // nil before there is anything to run
	tried   *running // what a refresh brings, until its trial has ended; nil: none
}

// try notes what a refresh brings; nil: its trial has ended, and the agent runs on what it ran on before.
func (s *show) try(next *running) {
	s.mu.Lock()
	s.tried = next
	s.mu.Unlock()
	s.changed.give()
}

// keep notes what the agent runs on from now on.
func (s *show) keep(next *running) {
	s.mu.Lock()
	s.kept, s.tried = next, nil
	s.mu.Unlock()
	s.changed.give()
}

// renew notes what a refresh found that changed nothing: the files are as they were, a version may be new.
func (s *show) renew(next *running) {
	s.mu.Lock()
	if s.kept != nil {
		next.files = s.kept.files
	}
	s.kept, s.tried = next, nil
	s.mu.Unlock()
	s.changed.give()
}

// of is what the agent runs on at the moment of the snapshot; nil: it has never run, and nothing is prepared.
func (s *show) of(now supervisor.Snapshot) *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tried != nil && !now.ProbationUntil.IsZero() {
		return s.tried
	}
	return s.kept
}

// A notice says that status and metrics have changed. Several changes that nobody has seen yet are one token.
type notice chan struct{}

func newNotice() notice { return make(notice, 1) }

// give never waits.
func (n notice) give() {
	select {
	case n <- struct{}{}:
	default: // there is a token: who takes it sees this change, too
	}
}
