// Package control is how a running tswatch is asked what it does and whether it is healthy, by HTTP over the socket in its run
// directory, and how it is stopped, by signals.
package control

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tsboot/tsboot/watch/console"
	"github.com/tsboot/tsboot/watch/container/runtime"
	"github.com/tsboot/tsboot/watch/sink"
)

// Status is what tswatch status --json prints.
type Status struct {
	Version     string            `json:"version"`
	Host        string            `json:"host"`
	PID         int               `json:"pid"`
	Doing       string            `json:"doing"` // watch or replay
	Since       time.Time         `json:"since"`
	Events      uint64            `json:"events"`
	Alerts      uint64            `json:"alerts"`
	Lost        uint64            `json:"lost"`
	LostWhere   map[string]uint64 `json:"lost_where"` // kernel, socket, queue, spool
	LossRatio   float64           `json:"loss_ratio"` // of the last minute
	Attribution map[string]uint64 `json:"attribution"`
	Sinks       []sink.Status     `json:"sinks"`
	Runtimes    []runtime.Stats   `json:"runtimes"`
	Rules       Rules             `json:"rules"`
	Console     *console.Stats    `json:"console,omitempty"` // absent: there is none
}

// Rules is what the status says of rules.
type Rules struct {
	Failed map[string]uint64 `json:"failed"` // at run time, by id
}

// whole has no null in it: a reader may count on lists and maps.
func (s Status) whole() Status {
	for _, m := range []*map[string]uint64{&s.LostWhere, &s.Attribution, &s.Rules.Failed} {
		if *m == nil {
			*m = map[string]uint64{}
		}
	}
	if s.Runtimes == nil {
		s.Runtimes = []runtime.Stats{}
	}
	if s.Sinks == nil {
		s.Sinks = []sink.Status{}
	}
	return s
}

// Text is the status for a person.
func (s Status) Text(now time.Time) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	line("tswatch", "%s, pid %d, %s for %s", s.Version, s.PID, s.Doing, now.Sub(s.Since).Round(time.Second))
	line("events", "%d", s.Events)
	line("alerts", "%d", s.Alerts)
	line("lost", "%s", s.loss())
	line("attribution", "%s", cmp.Or(parts(s.Attribution), "none yet"))
	for _, one := range s.Runtimes {
		line("runtime", "%s", one)
	}
	for _, one := range s.Sinks {
		line("output", "%s", sinkText(one, now))
	}
	if s.Console != nil {
		line("console", "%s: %d look, %d dropped, %d refused", s.Console.Address, s.Console.Clients, s.Console.Dropped, s.Console.Refused)
	}
	if len(s.Rules.Failed) > 0 {
		line("rules failed", "%s", parts(s.Rules.Failed))
	}
	return b.String()
}

// sinkText says of an output what it did, and what is wrong with it now or was.
func sinkText(one sink.Status, now time.Time) string {
	text := fmt.Sprintf("%s: %d sent, %d dropped, %d spooled", one.Where, one.Sent, one.Dropped, one.Spooled)
	switch {
	case one.FailingSince != nil:
		text += fmt.Sprintf("; it takes nothing for %s: %s", now.Sub(*one.FailingSince).Round(time.Second), one.LastError)
	case one.LastError != "":
		text += "; it works; last error: " + one.LastError
	}
	return text
}

// loss is all that was lost, where, and how much of what came in the last minute.
func (s Status) loss() string {
	if s.Lost == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s); %.4g of the last minute", s.Lost, parts(s.LostWhere), s.LossRatio)
}

// parts are the numbers that are not 0, in the order of their names.
func parts(of map[string]uint64) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if of[name] > 0 {
			all = append(all, fmt.Sprintf("%s %d", name, of[name]))
		}
	}
	return strings.Join(all, ", ")
}
