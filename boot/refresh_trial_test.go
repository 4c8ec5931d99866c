package boot

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/supervisor"
)

// tried is a refresher whose worker has written new files.
func tried(t *testing.T) (*home, *refresher, *prepared) {
	t.Helper()
	h := newHome(t)
	b := newBoot(h.options())
	b.digestKey = newDigestKey()
	booted, _, err := b.prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	h.write("secrets/api-key", "sikrit2")
	next, _, err := b.prepare(t.Context(), &against{Running: booted.Runs})
	if err != nil || !strings.Contains(h.read("etc/first.json"), "sikrit2") {
		t.Fatalf("not written: %v", err)
	}
	return h, &refresher{boot: b, running: booted.Runs}, next
}

// wantFiles wants a text in the file that changed, and nothing kept beside it.
func (h *home) wantFiles(text string) {
	h.t.Helper()
	if got := h.read("etc/first.json"); !strings.Contains(got, `"`+text+`"`) {
		h.t.Errorf("the file is %s, want %s", got, text)
	}
	entries, err := os.ReadDir(h.path("etc"))
	if err != nil || len(entries) != 3 {
		h.t.Errorf("left: %v, %v", entries, err)
	}
}

// TestNotTaken: what the supervisor has not begun with is undone, and is no refusal.
func TestNotTaken(t *testing.T) {
	t.Parallel()
	h, r, p := tried(t)
	answer := r.notTaken(t.Context(), p, errors.New("it stops"))
	if answer.Outcome != control.Failed || !strings.Contains(answer.Text, "it stops") || r.refused != nil {
		t.Errorf("%+v, %+v", answer, r.refused)
	}
	h.wantFiles("sikrit")

	h, r, p = tried(t)
	if err := os.Remove(h.path("etc/.tsboot-previous-first.json")); err != nil {
		t.Fatal(err)
	}
	answer = r.notTaken(t.Context(), p, errors.New("it stops"))
	if !strings.Contains(answer.Text, "could not be put back") || string(r.running.Files) != string(notThere()) {
		t.Errorf("%+v", answer)
	}
	h.wantFiles("sikrit2")

	ended, end := context.WithCancel(t.Context())
	end()
	h, r, p = tried(t)
	if answer := r.notTaken(ended, p, context.Canceled); answer.Outcome != control.Refused || answer.Text == "" {
		t.Errorf("%+v", answer)
	}
	h.wantFiles("sikrit")
}

// TestRolledBack: what ended the trial is said, and files that did not come back are not taken for what runs.
func TestRolledBack(t *testing.T) {
	t.Parallel()
	_, r, p := tried(t)
	before := r.running
	answer := r.rolledBack(p, supervisor.TrialResult{End: supervisor.TrialDied, Err: errors.New("the agent exited with code 3")})
	if answer.Outcome != control.RolledBack || !strings.Contains(answer.Text, "died") || !strings.Contains(answer.Text, "code 3") {
		t.Errorf("%+v", answer)
	}
	if !r.refused.generation.same(p.Runs) || !r.running.same(before) || !strings.Contains(r.refused.String(), "parameter api-key") {
		t.Errorf("%+v", r.refused)
	}
	answer = r.rolledBack(p, supervisor.TrialResult{End: supervisor.TrialUnhealthy, Err: errors.New("x"), RestoreErr: errors.New("read-only")})
	if !strings.Contains(answer.Text, "read-only") || r.running.same(before) {
		t.Errorf("%+v", answer)
	}
}

// TestFileSystemThatHangs: it is left behind, at the end of tsboot sooner.
func TestFileSystemThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hangs := make(chan struct{})
		start := time.Now()
		if err := withinLimit(func() error { <-hangs; return nil }); !errors.Is(err, errFileSystemHangs) || time.Since(start) != fileLimit {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		start = time.Now()
		awaitSettled(hangs)
		if time.Since(start) != settleLimit {
			t.Errorf("after %s", time.Since(start))
		}
		close(hangs)
		if err := withinLimit(func() error { return os.ErrExist }); err != os.ErrExist {
			t.Error(err)
		}
		awaitSettled(hangs)
	})
}
