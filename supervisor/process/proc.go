//go:build linux

package process

import (
	"bytes"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// Stat is the part of /proc/PID/stat that says who a process is.
type Stat struct {
	State   byte // the letter in /proc/PID/stat; 0: not known
	PPID    int
	Group   int
	Session int
	Threads int
	Dying   bool   // it exits, or has been sent a signal that ends it
	Start   uint64 // clock ticks since boot: with the pid, an identity
}

// Stopped reports that the process does not run until it gets SIGCONT.
func (p Stat) Stopped() bool { return p.State == 'T' }

// Zombie reports that the process has ended. One whose first thread has ended looks
// like it, but lives on in its other threads.
func (p Stat) Zombie() bool { return (p.State == 'Z' || p.State == 'X') && p.Threads <= 1 }

// ReadStat reads /proc/PID/stat; ok is false when the process is not there.
func ReadStat(pid int) (st Stat, ok bool) {
	data := ReadProc("/proc/" + strconv.Itoa(pid) + "/stat")
	return parseStat(data)
}

// DescribeAll names processes for a person.
func DescribeAll(pids []int) []string {
	names := make([]string, len(pids))
	for i, pid := range pids {
		name := bytes.TrimSpace(ReadProc("/proc/" + strconv.Itoa(pid) + "/comm"))
		if len(name) == 0 || !procIsOwn() {
			name = []byte("unknown")
		}
		names[i] = fmt.Sprintf("%d (%s)", pid, name)
	}
	return names
}

// parseStat parses a stat line. The command's name may hold anything, closing
// parentheses and newlines included, so the fields are counted from its last one.
func parseStat(data []byte) (st Stat, ok bool) {
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return st, false
	}
	fields := bytes.Fields(data[end+1:])
	if len(fields) < 20 {
		return st, false
	}
	st.State = fields[0][0]
	st.PPID = atoi(fields[1])
	st.Group = atoi(fields[2])
	st.Session = atoi(fields[3])
	st.Threads = atoi(fields[17])
	const exiting = 0x4 // PF_EXITING
	flags := atoi(fields[6])
	pending := 0
	if len(fields) > 28 {
		pending = atoi(fields[28])
	}
	// A signal that ends a process leaves SIGKILL pending in each of its threads.
	st.Dying = flags&exiting != 0 || pending&(1<<(unix.SIGKILL-1)) != 0
	st.Start, _ = strconv.ParseUint(string(fields[19]), 10, 64)
	return st, true
}

func atoi(b []byte) int {
	n, _ := strconv.Atoi(string(b))
	return n
}

// ReadProc reads a small file of /proc whole; nil when it cannot be had.
func ReadProc(path string) []byte {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	buf := make([]byte, 0, 512)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := unix.Read(fd, buf[len(buf):cap(buf)])
		if err == unix.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			return buf
		}
		buf = buf[:len(buf)+n]
	}
}

// ListNumbers lists the entries of a directory of /proc that are numbers.
func ListNumbers(dir string) []int {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var numbers []int
	var names []string
	buf := make([]byte, 4096)
	for {
		n, err := unix.ReadDirent(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			return numbers
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names[:0])
		for _, name := range names {
			if number, err := strconv.Atoi(name); err == nil {
				numbers = append(numbers, number)
			}
		}
	}
}
