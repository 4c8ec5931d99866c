package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/watch/audit"
)

// TestQueueLimitsArguments: of an exec with megabytes of arguments the first are kept, and all that is no argument. Another's that
// come between are whole, and so is the longest argument that there is, which the kernel writes in hexadecimal.
func TestQueueLimitsArguments(t *testing.T) {
	t.Parallel()
	q := newQueue(65536)
	put := func(serial uint32, kind audit.Type, size int) {
		q.put(entry{record: audit.Record{Type: kind, Serial: serial, Data: strings.Repeat("x", size)}})
	}
	const part, parts, longest = 7500, 600, 2 * 128 << 10
	put(1, audit.TypeSyscall, 300)
	put(2, audit.TypeSyscall, 300)
	for range parts {
		put(1, audit.TypeExecve, part)
	}
	for range longest/part + 1 {
		put(2, audit.TypeExecve, part)
	}
	put(1, audit.TypePath, 100)
	put(2, audit.TypePath, 100)
	got := map[string]int{}
	for chunk, _ := q.take(); len(chunk) > 0; chunk, _ = q.take() {
		for _, e := range chunk {
			got[fmt.Sprint(e.record.Serial, " ", e.record.Type)]++
		}
	}
	want := map[string]int{
		"1 SYSCALL": 1, "1 EXECVE": maxExec / part, "1 PATH": 1,
		"2 SYSCALL": 1, "2 EXECVE": longest/part + 1, "2 PATH": 1,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("it has %v, want %v", got, want)
	}
	if records, serials := q.drops(); records != 0 || serials != 0 {
		t.Errorf("%d records and %d serials are said to be lost", records, serials)
	}
}
