package boot

import (
	"slices"
	"strings"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// A Cause is what several findings may share: one role without a policy, one directory that is open, one program that is
// missing. check says it once, with the list of what it concerns. The zero Cause is shared with no other finding.
type Cause struct {
	Text  string // without what is particular to one finding; findings of one code with the same text have one cause
	About string // the finding, as the list names it
	Call  string // what AWS refused: an action and a resource
	Fix   string // of all of them; empty: that of the first
}

// A Concern is one finding of a cause.
type Concern struct {
	Section string
	Name    string
	What    string // the finding by itself
}

// refusal is the call for the list.
func (c Cause) refusal() string {
	if c.Call == "" {
		return ""
	}
	return ": " + c.Call
}

// byCause makes one problem of all that have one cause, in the place of the first.
func byCause(problems []Problem) []Problem {
	var causes []Problem
	for _, p := range problems {
		i := slices.IndexFunc(causes, func(first Problem) bool { return first.sharesCause(&p) })
		if i < 0 {
			causes = append(causes, p)
			continue
		}
		causes[i].join(&p)
	}
	return causes
}

// withoutCauseIn are the warnings that have no cause in common with a problem; the others join it.
func withoutCauseIn(problems, warnings []Problem) []Problem {
	return slices.DeleteFunc(slices.Clone(warnings), func(w Problem) bool {
		i := slices.IndexFunc(problems, func(p Problem) bool { return p.sharesCause(&w) })
		if i >= 0 {
			problems[i].join(&w)
		}
		return i >= 0
	})
}

func (p *Problem) sharesCause(other *Problem) bool {
	if p.Code != other.Code {
		return false
	}
	return p.What == other.What || p.Cause.Text != "" && p.Cause.Text == other.Cause.Text && p.Cause.Fix == other.Cause.Fix
}

// join adds a finding of the same cause. One that says the same adds nothing.
func (p *Problem) join(other *Problem) {
	if p.What == other.What {
		return
	}
	if !p.Joined {
		p.Concerns = append([]Concern{p.concern()}, p.Concerns...)
		p.What, p.Joined = p.Cause.Text+p.Note, true
		if p.Cause.Fix != "" {
			p.Fix = p.Cause.Fix
		}
	}
	p.Concerns = append(p.Concerns, other.concern())
	p.Allow = joinStatements(p.Allow, other.Allow)
}

// note adds what a boot does about the cause.
func (p *Problem) note(text string) {
	p.What += text
	p.Note += text
}

func (p *Problem) concern() Concern { return Concern{p.Section, p.Cause.About, p.What} }

// joinStatements puts the resources of statements that allow the same into one.
func joinStatements(all, more []ssm.IAMStatement) []ssm.IAMStatement {
	for _, s := range more {
		i := slices.IndexFunc(all, func(other ssm.IAMStatement) bool {
			return slices.Equal(other.Action, s.Action) && len(other.Condition) == 0 && len(s.Condition) == 0
		})
		if i < 0 {
			all = append(all, s)
			continue
		}
		all[i].Resource = slices.Clone(all[i].Resource)
		for _, resource := range s.Resource {
			if !slices.Contains(all[i].Resource, resource) {
				all[i].Resource = append(all[i].Resource, resource)
			}
		}
	}
	return all
}

// triesAtEnd is how often and how long something was tried: that differs although the cause is one.
var triesAtEnd = secrets.LazyRegexp(` \(\d+ tries in [^()]*\)$`)

// causeOfFetch is that of a source that was not read.
func causeOfFetch(e *secrets.Error) Cause {
	resource, where, _ := strings.Cut(strings.TrimSuffix(e.Resource, ")"), " (region ")
	c := Cause{About: strings.TrimSpace(e.Op + " " + resource)}
	if e.Action != "" && e.ARN != "" {
		refused := e.Action + " on " + e.ARN
		c.Call = refused
		c.Text, c.Fix = "AWS does not allow that identity these calls", strings.Replace(e.Fix, refused, "what is listed here", 1)
		return c
	}
	c.Text = triesAtEnd().ReplaceAllString(e.Detail, "")
	if where != "" {
		c.Text += " (region " + where + ")"
	}
	c.Fix = strings.ReplaceAll(e.Fix, "--ssm-parameter "+strings.TrimPrefix(resource, "below "), "--ssm-parameter and its name")
	return c
}
