// Package metrics writes what a boot and its agent do as Prometheus text, for the textfile collector of node_exporter. It
// knows no boot: the caller fills in Metrics, and says when they have changed.
package metrics

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Metrics are the state at one moment. There are names and numbers in it, never the value of a parameter.
type Metrics struct {
	BootDuration    time.Duration // from the start of tsboot to the first run of the agent; 0: it has not run yet
	FetchCalls      int
	FetchFailures   int
	AgentRestarts   int
	LastExitCode    *int   // nil: no agent has ended yet
	Phase           string // one of phases
	Refreshes       int
	Rollbacks       int
	ParameterChange []ParameterChange // in the order of the file
}

// ParameterChange says when a parameter got the value that it has now.
type ParameterChange struct {
	Name string
	At   time.Time // zero: not known, and the parameter is left out
}

// phases are the values of the label of tsboot_phase, in the order of a boot.
var phases = [...]string{"fetching", "setup", "running", "backoff", "stopping"}

// Text is the metrics in the text format 0.0.4 of Prometheus. What is not known yet has no sample, because a number that
// stands for "not known" would be taken for a real one. now is the moment that ages are counted to.
func (m *Metrics) Text(now time.Time) []byte {
	var t text
	t.family("tsboot_boot_duration_seconds", "gauge", "Time from the start of tsboot to the first run of the agent.")
	if m.BootDuration > 0 {
		t.sample("", m.BootDuration.Seconds())
	}
	t.counter("tsboot_fetch_calls_total", "Calls of Parameter Store, tries included, of the boot and of all refreshes.", m.FetchCalls)
	t.counter("tsboot_fetch_failures_total", "Fetches that failed, of the boot and of all refreshes.", m.FetchFailures)
	t.counter("tsboot_agent_restarts_total", "Starts of the agent after the first one.", m.AgentRestarts)
	t.family("tsboot_agent_last_exit_code", "gauge", "Exit code of the last run of the agent; 128+n: it died by signal n.")
	if m.LastExitCode != nil {
		t.sample("", float64(*m.LastExitCode))
	}
	t.family("tsboot_phase", "gauge", "1 for the phase that tsboot is in, 0 for the others.")
	for _, phase := range phases {
		value := 0.
		if phase == m.Phase {
			value = 1
		}
		t.sample(label("phase", phase), value)
	}
	t.counter("tsboot_refreshes_total", "Refreshes that have ended, whatever they found.", m.Refreshes)
	t.counter("tsboot_rollbacks_total", "Refreshes after which the last good files were put back.", m.Rollbacks)
	t.family("tsboot_parameter_age_seconds", "gauge", "Age of the value of a parameter when this file was written.")
	t.ages(m.ParameterChange, now)
	return t.b
}

// text is the text so far.
type text struct {
	b    []byte
	name string // of the family
}

// family begins a family. help must not have a backslash or a line break.
func (t *text) family(name, kind, help string) {
	t.name = name
	t.b = append(t.b, "# HELP "+name+" "+help+"\n# TYPE "+name+" "+kind+"\n"...)
}

func (t *text) sample(labels string, value float64) {
	t.b = append(t.b, t.name+labels+" "...)
	t.b = strconv.AppendFloat(t.b, value, 'f', -1, 64)
	t.b = append(t.b, '\n')
}

// counter is a family of one sample that only grows.
func (t *text) counter(name, help string, value int) {
	t.family(name, "counter", help)
	t.sample("", float64(value))
}

// ages has one sample for each name: a second one would make the collector refuse the whole file.
func (t *text) ages(changes []ParameterChange, now time.Time) {
	seen := make(map[string]bool, len(changes))
	for _, c := range changes {
		labels := label("parameter", c.Name)
		if c.At.IsZero() || seen[labels] {
			continue
		}
		seen[labels] = true
		age := max(0, now.Sub(c.At)) // 0 where the two clocks differ
		t.sample(labels, age.Round(time.Millisecond).Seconds())
	}
}

// label is a set of one label. Its value is UTF-8 by the format, and a name may be any bytes: what is not UTF-8 is
// written as \xNN.
func label(name, value string) string {
	var b strings.Builder
	b.WriteString("{" + name + `="`)
	for len(value) > 0 {
		r, size := utf8.DecodeRuneInString(value)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\\x` + strconv.FormatUint(uint64(value[0])|0x100, 16)[1:])
		case r == '\\', r == '"':
			b.WriteString(`\` + value[:size])
		case r == '\n':
			b.WriteString(`\n`)
		default:
			b.WriteString(value[:size])
		}
		value = value[size:]
	}
	b.WriteString(`"}`)
	return b.String()
}
