package kernel

import (
	"bufio"
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/audit/recording"
)

// TestOwnIsRecorded: of what a kernel sent while auditctl and a tswatch changed the configuration, what tswatch's process did
// is its own, and what auditctl did is not.
func TestOwnIsRecorded(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../recording/testdata/config.multicast.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	assembler := audit.NewAssembler(1000, time.Minute)
	var events []audit.Event
	for lines := bufio.NewScanner(text); lines.Scan(); {
		d, is, err := recording.ParseLine(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		if !is {
			continue
		}
		r, err := d.Record()
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, assembler.Add(r, nil, time.Time{})...)
	}
	own, others := ownChanges{pid: ownerOf(events)}, 0
	mine := 0
	for _, e := range append(events, assembler.Flush()...) {
		ours := own.has(&e)
		var all strings.Builder
		for _, r := range e.Records {
			all.WriteString(r.Data + "\n")
		}
		switch byAuditctl := strings.Contains(all.String(), `comm="auditctl"`); {
		case byAuditctl && ours:
			t.Errorf("taken for its own: %s", &all)
		case byAuditctl:
			others++
		case ours:
			mine++
		case strings.Contains(all.String(), `key="tswatch"`):
			t.Errorf("not taken for its own: %s", &all)
		}
	}
	if others != 4 || mine < 20 {
		t.Errorf("%d of auditctl, %d its own", others, mine)
	}
}

// ownerOf is the process that added a rule of tswatch.
func ownerOf(events []audit.Event) int {
	for _, e := range events {
		for _, r := range e.Records {
			if !strings.Contains(r.Data, `op=add_rule key="tswatch"`) {
				continue
			}
			for _, r := range e.Records {
				if pid, ok := r.Int("pid"); ok && r.Type == audit.TypeSyscall {
					return int(pid)
				}
			}
		}
	}
	return 0
}
