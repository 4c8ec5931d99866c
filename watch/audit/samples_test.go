package audit

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-libaudit/v2/auparse"
)

// samplesVariable names directories, with ":" between them, with logs of auditd: checkouts of other projects, such as
// linux-audit/audit-userspace or threathunters-io/laurel. TestSamples reads them with those of go-libaudit, which are always
// there.
const samplesVariable = "TSBOOT_AUDIT_SAMPLES"

// TestSamples reads the logs that other projects test with, as their machines wrote them: every line is read as
// go-libaudit's parser reads it, the arguments of every exec are exact, and no socket address is unknown.
func TestSamples(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/elastic/go-libaudit/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := append(filepath.SplitList(os.Getenv(samplesVariable)), strings.TrimSpace(string(out)))
	for _, dir := range dirs {
		logs := 0
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || !slices.Contains([]string{".log", ".txt"}, filepath.Ext(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			if !recordLine.Match(text) {
				return err
			}
			logs++
			t.Run(strings.TrimPrefix(path, dir), func(t *testing.T) {
				t.Parallel()
				readSample(t, string(text))
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if logs == 0 {
			t.Errorf("%s has no log of auditd", dir)
		}
	}
}

// recordLine is a line of a log. Such a file may have others: remarks, and what its reader has to refuse.
var recordLine = regexp.MustCompile(`(?m)^(node=\S+ )?type=\S+ msg=audit\(\d+\.\d{3}:\d+\)`)

func readSample(t *testing.T, text string) {
	a := NewAssembler(1<<20, time.Hour)
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if !recordLine.MatchString(line) {
			if r, err := ParseLine(line); err == nil {
				t.Errorf("%s is read as %+v", line, r)
			}
			continue
		}
		r, err := ParseLine(line)
		m, theirs := auparse.ParseLogLine(line[strings.Index(line, "type="):])
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
