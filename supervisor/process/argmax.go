package process

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sort"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SizeError says that a command's arguments and environment are larger than the
// kernel takes. It holds names and sizes, never a value.
type SizeError struct {
	Single  bool // one string alone is too large
	Size    int  // of all, with the pointers to them; of the largest where Single
	Limit   int  // 0: not known
	Largest []Sized
}

// Sized is an argument or a variable.
type Sized struct {
	Name     string // "argument 2", or the variable's name
	Variable bool
	Bytes    int    // of a variable with its name
	From     string // where its value comes from, as far as the caller knows
}

// Error names the largest.
func (e *SizeError) Error() string {
	var b strings.Builder
	switch {
	case e.Single:
		fmt.Fprintf(&b, "its arguments and environment hold one of more than %d bytes, which the kernel does not take", e.Limit)
	case e.Limit == 0:
		fmt.Fprintf(&b, "its arguments and environment take %d bytes, which is more than the kernel takes", e.Size)
	default:
		fmt.Fprintf(&b, "its arguments and environment take %d bytes, and the kernel takes at most %d (a quarter of ulimit -s, 6 MiB at most)", e.Size, e.Limit)
	}
	b.WriteString("; the largest are ")
	for i, s := range e.Largest {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s with %d bytes", s.Name, s.Bytes)
		if s.From != "" {
			fmt.Fprintf(&b, " (%s)", s.From)
		}
	}
	b.WriteString(": give the large ones in files")
	return b.String()
}

const (
	sizedShown     = 3
	nameShown      = 80
	pointerSize    = int(unsafe.Sizeof(uintptr(0)))
	maxStringPages = 32        // MAX_ARG_STRLEN
	maxAll         = 6 << 20   // three quarters of the kernel's own _STK_LIM
	minAll         = 128 << 10 // ARG_MAX: so much is always taken
)

// CheckSize finds what execve would refuse with E2BIG, by the kernel's own sum
// (bprm_stack_limits in fs/exec.c). A script takes a little more, for its
// interpreter: that is left to the kernel, as everything is on other systems
// than Linux. The error is an *ExecError.
func CheckSize(cmd Command) error {
	if len(cmd.Argv) == 0 {
		return nil
	}
	path := cmd.Argv[0]
	if found, err := lookPath(path, cmd.Env, cmd.Dir); err == nil {
		path = found
	}
	if e := checkSize(path, cmd, stackLimit(), os.Getpagesize()); e != nil {
		return &ExecError{Path: cmd.Argv[0], Code: codeNotExecutable, Err: e}
	}
	return nil
}

func stackLimit() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_STACK, &limit) != nil {
		return 8 << 20
	}
	return limit.Cur
}

func checkSize(path string, cmd Command, stack uint64, page int) *SizeError {
	if runtime.GOOS != "linux" {
		return nil
	}
	e := measure(path, cmd)
	single, limit := maxStringPages*page-1, max(int(min(maxAll, stack/4)), minAll)
	switch {
	case e.Largest[0].Bytes > single:
		e.Single, e.Size, e.Limit = true, e.Largest[0].Bytes, single
	case e.Size > limit:
		e.Limit = limit
	default:
		return nil
	}
	return e
}

// measure adds all up as the kernel does.
func measure(path string, cmd Command) *SizeError {
	all := sizes(cmd)
	sum := len(path) + 1
	for _, s := range all {
		sum += s.Bytes + 1 + pointerSize
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Bytes > all[j].Bytes })
	return &SizeError{Size: sum, Largest: slices.Clone(all[:min(len(all), sizedShown)])}
}

func sizes(cmd Command) []Sized {
	all := make([]Sized, 0, len(cmd.Argv)+len(cmd.Env))
	for i, argument := range cmd.Argv {
		all = append(all, Sized{Name: fmt.Sprintf("argument %d", i), Bytes: len(argument)})
	}
	for _, entry := range cmd.Env {
		name, _, named := strings.Cut(entry, "=")
		switch {
		case !named || name == "":
			name = "a variable without a name"
		case len(name) > nameShown:
			name = name[:nameShown] + "..."
		}
		all = append(all, Sized{Name: name, Variable: true, Bytes: len(entry)})
	}
	return all
}

// explainSize is for a kernel that has refused a command, by the same limits or others.
func explainSize(path string, cmd Command) *SizeError {
	if e := checkSize(path, cmd, stackLimit(), os.Getpagesize()); e != nil {
		return e
	}
	return measure(path, cmd)
}
