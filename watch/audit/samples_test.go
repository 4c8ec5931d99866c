package audit

import (
	"bufio"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-libaudit/v2/auparse"
)

// samplesVariable names a directory with logs of auditd, such as a checkout of linux-audit/audit-userspace, that
// TestSamples reads with those of go-libaudit, which are always there.
const samplesVariable = "TSBOOT_AUDIT_SAMPLES"

// TestSamples reads the logs that other projects test with, as their machines wrote them: every line is read as
// go-libaudit's parser reads it, the arguments of every exec are exact, and no socket address is unknown.
func TestSamples(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/elastic/go-libaudit/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := []string{strings.TrimSpace(string(out))}
	if dir := os.Getenv(samplesVariable); dir != "" {
		dirs = append(dirs, dir)
	}
	var logs []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".log") {
				logs = append(logs, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(logs) < 10 {
		t.Errorf("there are %d logs only", len(logs))
	}
	for _, log := range logs {
		t.Run(filepath.Base(log), func(t *testing.T) {
			t.Parallel()
			readSample(t, log)
		})
	}
}

func readSample(t *testing.T, log string) {
	f, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a := NewAssembler(1<<20, time.Hour)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		r, err := ParseLine(line)
		m, theirs := auparse.ParseLogLine(line[max(strings.Index(line, "type="), 0):])
		switch {
		case (err == nil) != (theirs == nil):
			t.Errorf("%s: %v, and go-libaudit says %v", line, err, theirs)
		case err == nil && (r.Type != Type(m.RecordType) || r.Serial != m.Sequence || !r.Time.Equal(m.Timestamp)):
			t.Errorf("%s is read as %+v", line, r)
		case err == nil:
			for _, e := range a.Add(r, nil, time.Time{}) {
				checkSample(t, e)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, e := range a.Flush() {
		checkSample(t, e)
	}
}

// checkSample reads the event as an event is made of it.
func checkSample(t *testing.T, e Event) {
	for _, r := range e.Records {
		f := r.Fields()
		switch r.Type {
		case TypeSyscall:
			arch, _ := f.Hex("arch")
			number, _ := f.Int("syscall")
			if SyscallName(uint32(arch), int(number)) == "" {
				t.Errorf("no name for the system call of %+v", r)
			}
			for _, name := range []string{"pid", "ppid", "uid", "euid", "auid"} {
				n, ok := f.Int(name)
				if alone, ok2 := r.Int(name); !ok || !ok2 || n != alone {
					t.Errorf("%+v: %s is %d, alone %d", r, name, n, alone)
				}
			}
			if _, ok := f.Text("exe"); !ok {
				t.Errorf("no program in %+v", r)
			}
		case TypeSockaddr:
			saddr, _ := f.Raw("saddr")
			if s, err := ParseSockaddr(saddr); err != nil || s.Family[0] < 'a' {
				t.Errorf("%+v is read as %+v, %v", r, s, err)
			}
		}
	}
	if slices.ContainsFunc(e.Records, func(r Record) bool { return r.Type == TypeExecve }) {
		if args, exact := ExecArgs(&e); !exact || len(args) == 0 {
			t.Errorf("the arguments of %+v are %q", e, args)
		}
	}
}
