//go:build linux

package supervisor

import (
	"bytes"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// procStat is the part of /proc/PID/stat that says who a process is.
type procStat struct {
	state   byte
	ppid    int
	pgrp    int
	session int
	threads int
	dying   bool   // it exits, or has been sent a signal that ends it
	start   uint64 // clock ticks since boot: with the pid, an identity
}

// stopped tells a process that does not run until it gets SIGCONT.
func (p procStat) stopped() bool { return p.state == 'T' }

// zombie tells a process that has ended. One whose first thread has ended looks
// like it, but lives on in its other threads.
func (p procStat) zombie() bool { return (p.state == 'Z' || p.state == 'X') && p.threads <= 1 }

// readStat reads /proc/PID/stat; ok is false when there is no such process.
func readStat(pid int) (st procStat, ok bool) {
	data := readProc("/proc/" + strconv.Itoa(pid) + "/stat")
	return parseStat(data)
}

// describeAll names processes for a person.
func describeAll(pids []int) []string {
	names := make([]string, len(pids))
	for i, pid := range pids {
		name := bytes.TrimSpace(readProc("/proc/" + strconv.Itoa(pid) + "/comm"))
		if len(name) == 0 || !procIsOurs() {
			name = []byte("unknown")
		}
		names[i] = fmt.Sprintf("%d (%s)", pid, name)
	}
	return names
}

// parseStat parses a stat line. The command's name may hold anything, closing
// parentheses and newlines included, so the fields are counted from its last one.
func parseStat(data []byte) (st procStat, ok bool) {
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return st, false
	}
	fields := bytes.Fields(data[end+1:])
	if len(fields) < 20 {
		return st, false
	}
	st.state = fields[0][0]
	st.ppid = atoi(fields[1])
	st.pgrp = atoi(fields[2])
	st.session = atoi(fields[3])
	st.threads = atoi(fields[17])
	const exiting = 0x4 // PF_EXITING
	flags := atoi(fields[6])
	pending := 0
	if len(fields) > 28 {
		pending = atoi(fields[28])
	}
	// A signal that ends a process leaves SIGKILL pending in each of its threads.
	st.dying = flags&exiting != 0 || pending&(1<<(unix.SIGKILL-1)) != 0
	st.start, _ = strconv.ParseUint(string(fields[19]), 10, 64)
	return st, true
}

func atoi(b []byte) int {
	n, _ := strconv.Atoi(string(b))
	return n
}

// readProc reads a small file of /proc whole; nil when it cannot be had.
func readProc(path string) []byte {
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

// listNumbers lists the entries of a directory of /proc that are numbers.
func listNumbers(dir string) []int {
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
