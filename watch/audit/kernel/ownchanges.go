package kernel

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
)

// slack is how far the time of a record may be from that of the call that caused it: the kernel's time of a record has
// the precision of a tick.
const slack = 50 * time.Millisecond

// forgotten is how long a record may be on its way. Changes while audit is off have none.
const forgotten = time.Minute

// ownChanges are the changes of the audit configuration that tswatch made and whose records have not come yet. Such a
// record has no pid, unless the system call is recorded, too; so it is known by what it says and when.
type ownChanges struct {
	pid int // as records name it; 0: not known

	mu      sync.Mutex
	pending []ownChange
}

type ownChange struct {
	text       string // what the record has
	begin, end time.Time
}

// during makes a change whose record has the text.
func (o *ownChanges) during(text string, change func() error) error {
	begin := time.Now()
	o.mu.Lock()
	o.pending = slices.DeleteFunc(o.pending, func(c ownChange) bool { return begin.Sub(c.end) > forgotten })
	o.pending = append(o.pending, ownChange{text: text, begin: begin.Add(-slack), end: begin.Add(answerTimeout)})
	at := o.pending[len(o.pending)-1]
	o.mu.Unlock()
	err := change()
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := slices.Index(o.pending, at); i >= 0 {
		o.pending[i].end = time.Now().Add(slack)
	}
	return err
}

// has says whether tswatch itself caused the event.
func (o *ownChanges) has(e *audit.Event) bool {
	var changes []audit.Record
	for _, r := range e.Records {
		switch r.Type {
		case audit.TypeSyscall, audit.TypeEventListener:
			pid, ok := r.Int("pid")
			return ok && o.pid != 0 && pid == int64(o.pid)
		case audit.TypeConfigChange:
			changes = append(changes, r)
		}
	}
	if len(changes) == 0 {
		return false
	}
	for _, r := range changes {
		if !o.take(r) {
			return false
		}
	}
	return true
}

// take finds the change of the record, which is known only once.
func (o *ownChanges) take(r audit.Record) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.pending, func(c ownChange) bool {
		return strings.Contains(r.Data, c.text) && !r.Time.Before(c.begin) && !r.Time.After(c.end)
	})
	if i < 0 {
		return false
	}
	o.pending = slices.Delete(o.pending, i, i+1)
	return true
}

// What the records of changes have.
func ruleText(op string) string { return fmt.Sprintf("op=%s key=%q", op, Key) }

func settingText(name string, value uint32) string {
	return fmt.Sprintf("op=set audit_%s=%d old=", name, value)
}
