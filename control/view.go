package control

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/tsboot/tsboot/cli/terminal"
)

// view prints a status for a person.
type view struct {
	bytes.Buffer
	now time.Time
	in  terminal.Palette
}

// Text is the status for a person: one row for each thing that is known, in columns.
func (s *Status) Text(now time.Time, in terminal.Palette) []byte {
	v := &view{now: now, in: in}
	v.paint("phase", v.colourOf(s.Phase), s.Phase, v.since(s.Since))
	v.row("tsboot", s.Version)
	v.row("profile", string(s.Profile))
	v.agent(&s.Agent)
	v.refresh(&s.Refresh)
	v.row("region", string(s.Region))
	if id := s.Identity; id != nil {
		v.row("identity", listed(string(id.ARN), labelled("credentials from", id.Provider)))
	}
	v.task(s.ECS)
	v.parameters(s.Parameters)
	v.files(s.Files)
	return v.Bytes()
}

// labelWidth is that of the longest label.
const labelWidth = len("parameters")

// row prints a label and what it is about; nothing where that is empty.
func (v *view) row(label, text string) {
	if text != "" {
		fmt.Fprintf(v, "%-*s  %s\n", labelWidth, label, printable(text))
	}
}

// paint is row with a text that begins in a colour.
func (v *view) paint(label string, colour func(string) string, text, rest string) {
	fmt.Fprintf(v, "%-*s  %s%s\n", labelWidth, label, colour(printable(text)), printable(rest))
}

func (v *view) agent(a *Agent) {
	restarts := ""
	if a.LastExit != nil {
		restarts = ", " + plural(a.Restarts, "restart")
	}
	switch {
	case len(a.PIDs) > 1:
		v.row("agent", fmt.Sprintf("pids %s%s%s", strings.Trim(fmt.Sprint(a.PIDs), "[]"), v.since(a.StartedAt), restarts))
	case a.PID != nil:
		v.row("agent", fmt.Sprintf("pid %d%s%s", *a.PID, v.since(a.StartedAt), restarts))
	default:
		v.paint("agent", v.in.Unsure, "not running", restarts)
	}
	if e := a.LastExit; e != nil {
		how := fmt.Sprintf("code %d", e.Code)
		if e.Signal != "" {
			how = string(e.Signal) + ", " + how
		}
		v.row("last exit", listed(how+" ("+e.Reason+")", v.ago(e.At)))
	}
}

func (v *view) refresh(r *Refresh) {
	var parts []string
	if !r.Last.IsZero() {
		parts = append(parts, "last "+v.ago(r.Last))
	}
	if !r.Next.IsZero() {
		parts = append(parts, "next in "+short(r.Next.Sub(v.now)))
	}
	if !r.ProbationUntil.IsZero() {
		parts = append(parts, "on probation for "+short(r.ProbationUntil.Sub(v.now)))
	}
	if r.Refreshes > 0 || r.Rollbacks > 0 {
		parts = append(parts, plural(r.Refreshes, "refresh"), plural(r.Rollbacks, "rollback"))
	}
	v.row("refresh", strings.Join(parts, ", "))
	if r.LastError != "" {
		v.paint("last error", v.in.Bad, string(r.LastError), "")
	}
}

func (v *view) task(e *ECS) {
	if e == nil {
		return
	}
	family := string(e.Family)
	if e.Revision != "" {
		family += ":" + string(e.Revision)
	}
	task := e.TaskID
	if task == "" {
		task = e.TaskARN
	}
	v.row("ecs", listed(
		labelled("cluster", e.Cluster), labelled("task", task), family,
		string(e.AvailabilityZone), labelled("container instance", e.ContainerInstance)))
	v.row("image", string(e.Image))
}

func (v *view) parameters(list []Parameter) {
	rows := make([][]string, len(list))
	for i, p := range list {
		rows[i] = []string{p.Name, p.Source, ""}
		if p.Version != nil {
			rows[i][2] = fmt.Sprintf("version %d", *p.Version)
		}
	}
	v.table("parameters", rows)
}

func (v *view) files(list []File) {
	rows := make([][]string, len(list))
	for i, f := range list {
		rows[i] = []string{f.Path, labelled("changed", Text(v.ago(f.ChangedAt)))}
	}
	v.table("files", rows)
}

// table prints rows of cells in columns; the label stands before the first.
func (v *view) table(label string, rows [][]string) {
	var widths []int
	for _, cells := range rows {
		for i, cell := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len(printable(cell)))
		}
	}
	for _, cells := range rows {
		var line strings.Builder
		for i, cell := range cells {
			fmt.Fprintf(&line, "%-*s  ", widths[i], printable(cell))
		}
		v.row(label, strings.TrimRight(line.String(), " "))
		label = ""
	}
}
