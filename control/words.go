package control

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Text is the answer as one line.
func (h HealthAnswer) Text() string {
	word := "unhealthy"
	if h.Healthy {
		word = "healthy"
	}
	return word + ": " + printable(h.Reason) + "\n"
}

// Report is the answer for a person: how it ended, then a line for each thing that changed.
func (r RefreshAnswer) Report() string {
	var b strings.Builder
	b.WriteString(string(r.Outcome))
	if r.Text != "" {
		b.WriteString(": " + printable(r.Text))
	}
	b.WriteString("\n")
	for _, what := range r.Changed {
		b.WriteString("  " + printable(what) + "\n")
	}
	return b.String()
}

// RefreshText says how long a refresh has been waited for, and how long it still will be; 0: as long as it takes.
func RefreshText(began time.Time, timeout time.Duration) func(now time.Time) string {
	return func(now time.Time) string {
		left := "no time limit"
		if timeout > 0 {
			left = short(timeout-now.Sub(began)) + " left"
		}
		return fmt.Sprintf("tsboot: waiting %s (%s): the running tsboot refreshes, and looks whether the agent stays up", short(now.Sub(began)), left)
	}
}

// colourOf is the colour of a phase.
func (v *view) colourOf(phase string) func(string) string {
	if phase == "running" {
		return v.in.Good
	}
	return v.in.Unsure
}

// since is the end of a row about what goes on since a moment.
func (v *view) since(t Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf(" since %s (%s)", t.UTC().Format("2006-01-02 15:04:05 MST"), short(v.now.Sub(t.Time)))
}

// ago says how long ago a moment was; nothing where it is not known.
func (v *view) ago(t Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s ago", short(v.now.Sub(t.Time)))
}

// short is a duration with its two largest units, as in 3d4h, 2h5m and 12s.
func short(d time.Duration) string {
	d = max(0, d).Round(time.Second)
	const day = 24 * time.Hour
	switch {
	case d >= day:
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return d.String()
}

func plural(n int, word string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(word, "sh"):
		word += "es"
	default:
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

// labelled is empty where the text is.
func labelled(label string, text Text) string {
	if text == "" {
		return ""
	}
	return label + " " + string(text)
}

// listed joins what is not empty.
func listed(parts ...string) string {
	var all []string
	for _, part := range parts {
		if part != "" {
			all = append(all, part)
		}
	}
	return strings.Join(all, ", ")
}

// printable quotes what would move the cursor of a terminal or change its colour: the names of parameters and files are
// anybody's.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
