package boot

import (
	"fmt"
	"strings"
	"time"
)

// The boot report: one line, `booted`, with what an operator pastes into a ticket. In JSON its lists have objects, in text
// each element is a phrase.

// A list in the report takes at most so many bytes of text, so that the line stays below 16 KiB, where Docker's log
// drivers cut it.
const (
	reportParameters = 9 << 10
	reportFiles      = 2 << 10
)

// Booted logs the boot report. The program gives it to the supervisor as Options.FirstRun: it is called once, when the agent
// runs for the first time.
func (b *Boot) Booted() {
	b.times.reached(&b.times.runs)
	b.changed.give()
	record := b.first.Swap(nil)
	if record == nil {
		return
	}
	b.log.Info("booted", reportOf(record, runningOf(record), b.times.phases(), b.times.took())...)
}

// reportOf are the keys of the report. Each has one type, and is there where nothing is known, too; ecs, outage and those
// that count what a list leaves out are not.
func reportOf(record *Record, now *running, more []Phase, took time.Duration) []any {
	parameters, left := firstOnes(now.parameters, reportParameters, reportedParameterOf)
	files, leftFiles := firstOnes(now.files, reportFiles, func(f runningFile) (string, int) { return f.path, len(f.path) })
	phases := views(append(record.Phases, more...), reportedPhaseOf)
	keys := []any{
		"profile", now.profile, "elapsed", took,
		"count", len(now.parameters), "parameters", parameters, "calls", record.Calls, "retries", record.Retries, "waited", record.Waited,
		"files", files, "phases", phases,
		"identity", reportedIdentity{record.Identity.ARN, record.Identity.Account, record.Identity.Provider}, "region", now.region,
		"warnings", len(record.Warnings),
	}
	if left > 0 {
		keys = append(keys, "parameters_left_out", left)
	}
	if leftFiles > 0 {
		keys = append(keys, "files_left_out", leftFiles)
	}
	if now.ecs != (ECSRecord{}) {
		keys = append(keys, "ecs", reportedECS(now.ecs))
	}
	if record.Existing {
		keys = append(keys, "outage", true)
	}
	return keys
}

// firstOnes is the view of the elements that fit into so many bytes, and how many do not. view gives the size, too.
func firstOnes[R, V any](all []R, limit int, view func(R) (V, int)) (list []V, left int) {
	list = []V{} // an empty list in JSON, not null
	for i, one := range all {
		v, size := view(one)
		if limit -= size; limit < 0 {
			return list, len(all) - i
		}
		list = append(list, v)
	}
	return list, 0
}

type reportedParameter struct {
	Name    string `json:"name"`
	Source  string `json:"source"`
	Version int64  `json:"version,omitempty"`
}

// reportedParameterOf also gives about what the parameter takes in JSON, which is more than in text.
func reportedParameterOf(p runningParameter) (reportedParameter, int) {
	return reportedParameter{p.name, p.source, p.version}, len(`{"name":"","source":"","version":123},`) + len(p.name) + len(p.source)
}

func (p reportedParameter) String() string {
	if p.Version == 0 {
		return p.Name + " from " + p.Source
	}
	return fmt.Sprintf("%s from %s, version %d", p.Name, p.Source, p.Version)
}

type reportedPhase struct {
	Name    string `json:"name"`
	Elapsed string `json:"elapsed"`
}

func reportedPhaseOf(p Phase) reportedPhase {
	return reportedPhase{p.Name, p.Took.Round(time.Millisecond).String()}
}

func (p reportedPhase) String() string { return p.Name + " " + p.Elapsed }

// reportedIdentity has empty texts for what is not known.
type reportedIdentity struct {
	ARN      string `json:"arn"`
	Account  string `json:"account"`
	Provider string `json:"provider"`
}

func (i reportedIdentity) String() string {
	var parts []string
	for _, part := range []string{i.Provider, i.ARN} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if i.Account != "" {
		parts = append(parts, "account "+i.Account)
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

type reportedECS struct {
	Cluster           string `json:"cluster"`
	TaskARN           string `json:"task_arn"`
	TaskID            string `json:"task_id"`
	Family            string `json:"family"`
	Revision          string `json:"revision"`
	AvailabilityZone  string `json:"availability_zone"`
	ContainerInstance string `json:"container_instance"`
	Image             string `json:"image"`
}

func (e reportedECS) String() string {
	text := fmt.Sprintf("task %s of %s:%s in cluster %s", e.TaskID, e.Family, e.Revision, e.Cluster)
	if e.Image != "" {
		text += ", image " + e.Image
	}
	return text
}
