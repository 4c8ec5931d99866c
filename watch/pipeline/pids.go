package pipeline

import (
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/watch/audit"
)

// pidsOf gives the process that a record is about, and its parent; 0: the record does not say. Only records that come first
// in their event are looked at. In them the kernel writes both before every text that a user can choose.
func pidsOf(r audit.Record) (pid, ppid int, ok bool) {
	switch {
	case r.Type == audit.TypeSyscall, r.Type == audit.TypeSeccomp, r.Type == audit.TypeUringOp, r.Type == audit.TypeLogin, r.Type.IsUser():
	default:
		return 0, 0, false
	}
	ppid = numberOf(r.Data, "ppid=")
	pid = numberOf(r.Data, "pid=")
	return pid, ppid, pid > 0
}

// numberOf is the value of a field that is a number, or 0.
func numberOf(data, name string) int {
	for at := 0; ; {
		i := strings.Index(data[at:], name)
		if i < 0 {
			return 0
		}
		at += i + len(name)
		if start := at - len(name); start > 0 && data[start-1] != ' ' {
			continue
		}
		end := at
		for end < len(data) && data[end] >= '0' && data[end] <= '9' {
			end++
		}
		n, err := strconv.ParseInt(data[at:end], 10, 32)
		if err != nil {
			return 0
		}
		return int(n)
	}
}
