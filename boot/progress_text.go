package boot

import (
	"fmt"
	"strings"
	"time"

	"github.com/tsboot/tsboot/secrets/ssm"
	"github.com/tsboot/tsboot/supervisor"
)

// progressText is what the boot waits for now; empty: nothing is known, or not to be shown.
func (b *Boot) progressText(now time.Time) string {
	if sup := b.sup.Load(); sup != nil {
		if step := sup.Step(); step != nil {
			return stepText(step, now)
		}
		if line := b.worker.Load(); line != nil {
			return *line
		}
	}
	if w, count := b.waits.Oldest(); count > 0 {
		if b.asksPerson(w) {
			return ""
		}
		return waitText(w, count, now)
	}
	doing, since := b.activity.longest()
	if doing == "" {
		return ""
	}
	return progressLine("waiting "+elapsed(since, now), b.givesUp, now, doing)
}

// asksPerson says whether a program that gets credentials (credential_process) may be asking for a code on this terminal:
// nobody else was asked.
func (b *Boot) asksPerson(w ssm.Wait) bool {
	return w.Action == "credentials" && w.Host == "" && !b.isWorker
}

// progressLine puts the times first: the end is cut off where the window is narrow.
func progressLine(head string, givesUp, now time.Time, what string) string {
	left := "no time limit"
	if !givesUp.IsZero() {
		left = untilThen(givesUp, now) + " left"
	}
	return "tsboot: " + head + " (" + left + "): " + what
}

func waitText(w ssm.Wait, count int, now time.Time) string {
	head := "waiting " + elapsed(w.Began, now)
	switch {
	case !w.NextTry.IsZero() && w.Try == 0: // the splay
		return progressLine("first call in "+untilThen(w.NextTry, now), w.GivesUp, now, "a random wait (--splay)")
	case !w.NextTry.IsZero():
		head = fmt.Sprintf("try %d in %s", w.Try+1, untilThen(w.NextTry, now))
	case w.Try > 1:
		head = fmt.Sprintf("try %d, waiting %s", w.Try, elapsed(w.Began, now))
	}
	what := w.What
	if call, ok := strings.CutPrefix(w.Action, "ssm:"); ok {
		what = call + " " + w.Resource
	}
	if w.Page > 1 {
		what += fmt.Sprintf(", page %d", w.Page)
	}
	if w.Code != "" {
		what += ", " + w.Code
	}
	if w.Host != "" {
		what += ", at " + w.Host
	}
	if count > 1 {
		what += fmt.Sprintf(", and %d more", count-1)
	}
	return progressLine(head, w.GivesUp, now, what)
}

func stepText(step *supervisor.StepNow, now time.Time) string {
	what := step.Word + " " + step.Name
	if !step.Next.IsZero() {
		return fmt.Sprintf("tsboot: try %d in %s: %s", step.Attempt, untilThen(step.Next, now), what)
	}
	head := "waiting " + elapsed(step.Began, now)
	if step.Attempt > 1 {
		head = fmt.Sprintf("try %d, %s", step.Attempt, head)
	}
	return progressLine(head, step.Ends, now, what)
}

// elapsed has whole seconds that are over.
func elapsed(since, now time.Time) string {
	return max(0, now.Sub(since)).Truncate(time.Second).String()
}

// untilThen has whole seconds, the one that runs included.
func untilThen(then, now time.Time) string {
	left := max(0, then.Sub(now))
	return (left + time.Second - 1).Truncate(time.Second).String()
}
