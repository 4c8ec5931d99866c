package container

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// proc reads a /proc. What it gives is good until the next read of the same file.
type proc struct {
	dir    int // a descriptor of it
	name   []byte
	cgroup []byte
	stat   []byte
	status []byte
}

func openProc(dir string) (*proc, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return &proc{
		dir:    fd,
		cgroup: make([]byte, 4096),
		stat:   make([]byte, 1024),
		status: make([]byte, 4096),
	}, nil
}

func (p *proc) close() error {
	return unix.Close(p.dir)
}

// read reads a file of a process. It is false where there is no such process any more.
func (p *proc) read(pid int, file string, buffer *[]byte) ([]byte, bool) {
	p.name = strconv.AppendInt(p.name[:0], int64(pid), 10)
	p.name = append(p.name, file...)
	return p.readNamed(buffer)
}

// readFile reads a file that is of no process.
func (p *proc) readFile(name string, buffer *[]byte) ([]byte, bool) {
	p.name = append(p.name[:0], name...)
	return p.readNamed(buffer)
}

func (p *proc) readNamed(buffer *[]byte) ([]byte, bool) {
	p.name = append(p.name, 0)
	fd, ok := openAt(p.dir, p.name)
	if !ok {
		return nil, false
	}
	defer closeFile(fd)
	b := *buffer
	size := 0
	for {
		n, ok := readFrom(fd, b[size:])
		if !ok {
			return nil, false
		}
		size += n
		if n == 0 || size < len(b) {
			return b[:size], size > 0 // the kernel gives such a file whole, where there is room for it
		}
		b = append(b, make([]byte, len(b))...)
		*buffer = b
	}
}

// stat is what /proc/PID/stat says.
type stat struct {
	comm    []byte
	ppid    int
	start   int64 // ticks after the boot
	exiting bool  // its cgroups of v1 are not to be believed
	kernel  bool  // it is a thread of the kernel
}

// StartTime is when a process began, in ticks after the boot, and whether it exits, so that its cgroups of v1 say nothing. ok is
// false where there is no such process. dir is the host's /proc.
func StartTime(dir string, pid int) (ticks int64, exiting, ok bool) {
	text, err := os.ReadFile(dir + "/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false, false
	}
	s, ok := parseStat(text)
	return s.start, s.exiting, ok
}

// Flags of a task (include/linux/sched.h).
const (
	flagExiting = 0x4
	flagKernel  = 0x200000
)

func parseStat(text []byte) (stat, bool) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')') // the name may have any byte
	if open < 0 || end < open || len(text) < end+3 {
		return stat{}, false
	}
	s := stat{comm: text[open+1 : end]}
	field, rest := cutWord(text[end+2:]) // the third: the state
	s.exiting = len(field) == 1 && (field[0] == 'Z' || field[0] == 'X')
	for number := 4; number <= 22; number++ {
		field, rest = cutWord(rest)
		switch number {
		case 4:
			s.ppid = int(parseInt(field))
		case 9:
			flags := parseInt(field)
			s.exiting = s.exiting || flags&flagExiting != 0
			s.kernel = flags&flagKernel != 0
		case 22:
			s.start = parseInt(field)
		}
	}
	return s, len(field) > 0
}

// status is what /proc/PID/status says.
type status struct {
	name []byte
	ppid int
	vpid int // the pid in the innermost namespace; 0: the kernel does not say
}

func parseStatus(text []byte) status {
	var s status
	s.name, text = cutField(text, "Name:\t")
	ppid, text := cutField(text, "\nPPid:\t")
	s.ppid = int(parseInt(ppid))
	pids, _ := cutField(text, "\nNSpid:\t")
	s.vpid = int(parseInt(pids[bytes.LastIndexByte(pids, '\t')+1:]))
	return s
}

// cutField is the value of the field that the text has next, and what follows: the text as it is where there is no such field.
func cutField(text []byte, name string) (value, rest []byte) {
	i := bytes.Index(text, []byte(name))
	if i < 0 {
		return nil, text
	}
	value = text[i+len(name):]
	if end := bytes.IndexByte(value, '\n'); end >= 0 {
		return value[:end], value[end:]
	}
	return value, nil
}

func cutWord(text []byte) (word, rest []byte) {
	if i := bytes.IndexByte(text, ' '); i >= 0 {
		return text[:i], text[i+1:]
	}
	return text, nil
}

// parseInt reads the digits that the text begins with.
func parseInt(text []byte) int64 {
	n := int64(0)
	for _, c := range text {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
