// Package control is how a running tsboot is asked what it does, whether its agent is healthy, and to refresh: HTTP over
// a unix socket in the run directory. It has the server as an actor, the client that the commands status, health and
// refresh use, and what goes over the wire. It knows no boot: who answers implements Service.
package control

import (
	"encoding/json"
	"time"
)

// Status is what a running tsboot is doing. It never has the value of a parameter, nor a hash of one. All keys are always
// there; what is not known, or is not so, is null.
type Status struct {
	Phase      string      `json:"phase"` // fetching, setup, running, backoff, stopping
	Since      Time        `json:"since"` // of the phase
	Version    string      `json:"version"`
	Profile    Text        `json:"profile"` // null until it is chosen
	Agent      Agent       `json:"agent"`
	Parameters []Parameter `json:"parameters"`
	Files      []File      `json:"files"`
	Refresh    Refresh     `json:"refresh"`
	Identity   *Identity   `json:"identity"` // null where nothing was asked of AWS
	Region     Text        `json:"region"`
	ECS        *ECS        `json:"ecs"` // null outside of ECS
}

// Agent is the agent that runs, or the last one.
type Agent struct {
	PID       *int  `json:"pid"`            // as tsboot sees it; null while none runs
	PIDs      []int `json:"pids,omitempty"` // of an agent of several daemons, PID first
	StartedAt Time  `json:"started_at"`     // of the one that runs
	Restarts  int   `json:"restarts"`
	LastExit  *Exit `json:"last_exit"` // null when none has ended
}

// Exit is the end of an agent.
type Exit struct {
	Code   int    `json:"code"`   // 128 plus n when it died by signal n, as in the log
	Signal Text   `json:"signal"` // as in SIGKILL; null when it exited by itself
	Reason string `json:"reason"` // exited, signalled, oom-killed, killed-after-grace, unhealthy
	At     Time   `json:"at"`
}

// Parameter is one that the profile uses.
type Parameter struct {
	Name    string `json:"name"`
	Source  string `json:"source"`
	Version *int64 `json:"version"` // null where the source has none
}

// File is one that tsboot writes.
type File struct {
	Path      string `json:"path"`
	ChangedAt Time   `json:"changed_at"`
}

// Refresh says when the parameters were and will be looked at.
type Refresh struct {
	Last      Time `json:"last"`
	Next      Time `json:"next"`       // null without an interval
	LastError Text `json:"last_error"` // of the last one; a version that was rolled back stays here
	Refreshes int  `json:"refreshes"`
	Rollbacks int  `json:"rollbacks"`

	ProbationUntil Time `json:"probation_until"` // when what a refresh brought may stay; null: nothing is on probation
}

// Identity is who tsboot is to AWS.
type Identity struct {
	ARN      Text `json:"arn"`
	Provider Text `json:"provider"`
}

// ECS is the task that tsboot runs in.
type ECS struct {
	Cluster           Text `json:"cluster"`
	TaskARN           Text `json:"task_arn"`
	TaskID            Text `json:"task_id"`
	Family            Text `json:"family"`
	Revision          Text `json:"revision"`
	AvailabilityZone  Text `json:"availability_zone"`
	ContainerInstance Text `json:"container_instance"`
	Image             Text `json:"image"`
}

// whole has lists in place of nothing: a reader may go through them without a look.
func (s Status) whole() Status {
	if s.Parameters == nil {
		s.Parameters = []Parameter{}
	}
	if s.Files == nil {
		s.Files = []File{}
	}
	return s
}

// Text is a string; the empty one is null on the wire.
type Text string

// MarshalJSON writes the empty text as null.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// Time is a moment by RFC 3339, in UTC, to the millisecond; the zero one is null on the wire.
type Time struct{ time.Time }

// At is a moment on the wire.
func At(t time.Time) Time { return Time{t} }

// MarshalJSON writes the zero time as null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano))
}
