package boot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/configgen"
)

// printed is a report as it is printed.
type printed struct {
	bytes.Buffer
	in terminal.Palette
}

// Text is the report for a person: what there is in aligned rows, then each problem followed by its fix, then the command to
// run next.
func (r *Report) Text(now time.Time, in terminal.Palette) []byte {
	b := &printed{in: in}
	r.printHead(b)
	r.printSources(b)
	r.printParameters(b, now)
	r.printFacts(b)
	r.printFiles(b)
	r.printCommands(b)
	b.problems("warnings", "concerns", in.Unsure, r.Warnings)
	b.problems("problems", "stops", in.Bad, r.Problems)
	if r.OK {
		fmt.Fprintf(b, "\n%s\n", in.Good("all checks passed: a boot would reach the start of the agent"))
	} else {
		conclusion := fmt.Sprintf("%s; a boot would exit with %d", count(len(r.Problems), "problem", "problems"), r.ExitCode)
		fmt.Fprintf(b, "\n%s\ndocs/errors.md explains each [code]\n", in.Bad(conclusion))
	}
	if r.Next != nil {
		fmt.Fprintf(b, "\nnext: %s\n  %s\n", r.Next.Why, in.Strong(r.Next.Command))
	}
	return b.Bytes()
}

// rows prints cells in columns. In a column either all cells are coloured or none is: the escapes take columns, too.
func (w *printed) rows(title string, lines [][]string) {
	if len(lines) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(w, "\n%s\n", w.in.Strong(title))
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, cells := range lines {
		fmt.Fprintln(table, strings.TrimRight("  "+strings.Join(cells, "\t"), "\t"))
	}
	_ = table.Flush() // w is a buffer
}

func (r *Report) printHead(w *printed) {
	lines := [][]string{{"tsboot", r.Version}}
	if r.Region != nil {
		lines = append(lines, []string{"region", r.Region.Name + " (from " + r.Region.Source + ")"})
	}
	if id := r.Identity; id != nil {
		who := id.ARN
		if who == "" && id.Account != "" {
			who = "account " + id.Account
		}
		text := strings.TrimSpace(who + " (credentials from " + id.Provider + ")")
		if id.Note != "" {
			text += "; STS: " + id.Note
		}
		lines = append(lines, []string{"identity", text})
	}
	if r.Profile != nil {
		lines = append(lines, []string{"profile", r.Profile.Name + " (" + r.Profile.Why + ")"})
	}
	lines = append(lines, []string{"process", fmt.Sprintf("pid %d, uid %d, gid %d; pid 1 here is %s", r.Process.PID, r.Process.UID, r.Process.GID, r.Process.PID1)})
	if u := r.User; u != nil {
		lines = append(lines, []string{"user", strings.TrimSpace(fmt.Sprintf("%s uid %d, gid %d", u.Name, u.UID, u.GID))})
	}
	w.rows("", lines)
}

func (r *Report) printSources(w *printed) {
	var lines [][]string
	for _, s := range r.Sources {
		what := s.State
		if s.State == SourceRead {
			what = count(s.Parameters, "parameter", "parameters")
		} else if s.Code != "" {
			what = s.Code
		}
		if s.Retries > 0 {
			what += ", after " + count(s.Retries, "retry", "retries")
		}
		lines = append(lines, []string{w.mark(s.State == SourceRead), s.Kind, s.Name, what})
	}
	w.rows("sources", lines)
}

func (r *Report) printParameters(w *printed, now time.Time) {
	var lines [][]string
	for _, p := range r.Parameters {
		lines = append(lines, []string{w.state(p.State), p.Name, p.origin(), p.details(now)})
	}
	w.rows("parameters", lines)
}

func (p *parameterReport) origin() string {
	switch {
	case p.FullName == "":
		return "-"
	case strings.HasPrefix(p.FullName, "/") || strings.HasPrefix(p.FullName, "arn:"):
		return p.FullName
	}
	return p.Source + " " + p.FullName
}

func (p *parameterReport) details(now time.Time) string {
	var parts []string
	if p.Type != "" {
		parts = append(parts, p.Type)
	}
	if p.Version > 0 {
		parts = append(parts, fmt.Sprintf("version %d", p.Version))
	}
	if p.LastModified != nil {
		parts = append(parts, age(now.Sub(*p.LastModified)))
	}
	if p.Trimmed {
		parts = append(parts, "white space removed")
	}
	for _, o := range p.Overridden {
		parts = append(parts, "over "+o.FullName)
	}
	if p.Secret {
		parts = append(parts, "secret")
	}
	return strings.Join(parts, ", ")
}

func (r *Report) printFacts(w *printed) {
	var lines [][]string
	for _, f := range r.Facts {
		lines = append(lines, []string{w.mark(f.Value != ""), f.Name, f.Value})
	}
	w.rows("facts", lines)
}

func (r *Report) printFiles(w *printed) {
	var lines [][]string
	for _, f := range r.Files {
		path := f.Path
		if path == "" {
			path = "(its path is a parameter without a good value)"
		}
		lines = append(lines, []string{w.mark(f.Writable), f.State, path, f.Mode})
	}
	w.rows("files", lines)
}

func (r *Report) printCommands(w *printed) {
	var lines [][]string
	for _, c := range r.Commands {
		path, note := c.Path, ""
		if path == "" {
			path = c.Program
		}
		if c.Skipped {
			note = "skipped: what it creates is there"
		}
		lines = append(lines, []string{w.mark(c.Runs), c.Use, path, note})
	}
	w.rows("commands", lines)
}

func (w *printed) mark(good bool) string {
	if good {
		return w.in.Good("ok")
	}
	return w.in.Bad("FAILED")
}

// state is the state of a parameter in its colour.
func (w *printed) state(state string) string {
	switch state {
	case configgen.ParameterMissing, configgen.ParameterInvalid:
		return w.in.Bad(state)
	case configgen.ParameterUnread, configgen.ParameterUnknown:
		return w.in.Unsure(state)
	}
	return w.in.Good(state)
}

// problems prints each cause, and what has it or is stopped by it.
func (w *printed) problems(title, list string, colour func(string) string, problems []problemReport) {
	if len(problems) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", w.in.Strong(title))
	for i, p := range problems {
		fmt.Fprintf(w, "  %d. %s %s\n", i+1, p.What, colour("["+p.Code+"]"))
		if len(p.Concerns) > 0 {
			fmt.Fprintf(w, "     %s:\n", list)
		}
		for _, c := range p.Concerns {
			fmt.Fprintf(w, "       %s\n", c.Name)
		}
		if p.Fix != "" {
			fmt.Fprintf(w, "     fix: %s\n", p.Fix)
		}
		for _, statement := range p.Allow {
			printStatement(w, statement)
		}
	}
}

// printStatement is ready to paste into the Statement list of a policy.
func printStatement(w io.Writer, statement any) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(statement) == nil {
		fmt.Fprintf(w, "     statement: %s", b.Bytes())
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// age is how long ago, in the largest unit that says enough.
func age(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes old", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours old", int(d.Hours()))
	}
	return fmt.Sprintf("%d days old", int(d.Hours()/24))
}
