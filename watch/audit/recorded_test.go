package audit

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRecorded reads what Linux 6.18 sent over netlink: execs with arguments of all kinds, of up to 131,000 bytes and in up
// to 18 records, one that failed, and connections by bash and Python. The machine had no loss.
func TestRecorded(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 2000 {
		many = append(many, strings.Repeat("x", i%9))
	}
	execs := [][]string{
		{"/bin/true", "plain", "", "with space", `quo"te`, "(null)", "ünï", "\xff\xfe", "new\nline", "4142", "tab\t", "a=b", "a1=x"},
		{"/bin/true", strings.Repeat("A", 7000), "tail"},
		{"/bin/true", strings.Repeat("A", 7499), strings.Repeat("B", 7500), strings.Repeat("C", 7501), "tail"},
		{"/bin/true", strings.Repeat("z", 20000), "tail", strings.Repeat("\x01 ", 15000)},
		append([]string{"/bin/true"}, many...),
		{"/bin/true", strings.Repeat("y", 131000)},
		{"/bin/bash", "-c", "exec /nonexistent/x y z"},
	}
	var connected []string
	a, gaps := NewAssembler(1024, 2*time.Second), NewGaps(2*time.Second)
	n := 0
	for _, r := range readGzip(t, "testdata/linux-6.18.log.gz") {
		gaps.See(r, r.Time)
		for _, e := range a.Add(r, nil, r.Time) {
			call, ok := first(e, TypeSyscall)
			f := call.Fields()
			if key := f.Keys(); !ok || !slices.Equal(key, []string{"tswatch"}) {
				t.Errorf("got %s with the keys %q", summary(e), key)
			}
			if _, ok := first(e, TypeExecve); ok && n < len(execs) {
				if args, exact := ExecArgs(&e); !exact || !slices.Equal(args, execs[n]) {
					t.Errorf("exec %d: got %.200q, %v\nwant %.200q", n, args, exact, execs[n])
				}
				n++
			}
			if socket, ok := first(e, TypeSockaddr); ok {
				saddr, _ := socket.Fields().Raw("saddr")
				to, err := ParseSockaddr(saddr)
				if err != nil {
					t.Error(err)
				}
				exit, _ := f.Int("exit")
				comm, _ := f.Text("comm")
				connected = append(connected, fmt.Sprintf("%s %s %d %s", comm, to.Addr, to.Port, ErrnoName(int(-exit))))
			}
		}
	}
	want := []string{
		"bash 127.0.0.1 9 ECONNREFUSED", "bash 127.0.0.1 9 ", "bash ::1 9 ECONNREFUSED",
		"python3 ::1 9 ECONNREFUSED", "python3 192.0.2.1 80 EINPROGRESS",
	}
	if n != len(execs) || !slices.Equal(connected, want) {
		t.Errorf("%d execs; connected: %q\nwant %q", n, connected, want)
	}
	if left := len(a.Flush()); left > 0 || gaps.Flush() > 0 {
		t.Errorf("%d events have no end, %d serials are lost", left, gaps.Flush())
	}
}

func readGzip(t *testing.T, path string) []Record {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var records []Record
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		r, err := ParseLine(lines.Text())
		if err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		records = append(records, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return records
}

// first is the first record of the type.
func first(e Event, typ Type) (Record, bool) {
	for _, r := range e.Records {
		if r.Type == typ {
			return r, true
		}
	}
	return Record{}, false
}
