package audit

import (
	"strconv"
	"strings"

	"github.com/elastic/go-libaudit/v2/auparse"
)

// Type is the type of a record, by the kernel's number (include/uapi/linux/audit.h).
type Type uint16

// The types that have a meaning here.
const (
	TypeUser          Type = 1005
	TypeLogin         Type = 1006
	typeFirst         Type = 1100 // all from here on are records
	TypeUserCmd       Type = 1123
	TypeDaemonStart   Type = 1200
	TypeSyscall       Type = 1300
	TypePath          Type = 1302
	TypeConfigChange  Type = 1305
	TypeSockaddr      Type = 1306
	TypeCwd           Type = 1307
	TypeExecve        Type = 1309
	TypeObjPID        Type = 1318
	TypeTTY           Type = 1319
	TypeEOE           Type = 1320
	TypeSeccomp       Type = 1326
	TypeProctitle     Type = 1327
	TypeReplace       Type = 1329
	TypeKernModule    Type = 1330
	TypeEventListener Type = 1335
	TypeUringOp       Type = 1336
	TypeAVC           Type = 1400
	TypeAppArmor      Type = 1500 // the first of APPARMOR_*, which old kernels have in place of AVC
	TypeAnomAbend     Type = 1701 // a process ended by a signal
	TypeKernel        Type = 2000
)

// Types of words that no table here has: a newer auditd has more names. Each is the last number of its kind.
const (
	typeOtherDaemon Type = 1299
	typeOtherUser   Type = 2999
	typeOther       Type = 1<<16 - 1
)

// IsUser says whether a program wrote the record, not the kernel: a login, a service, auditd itself.
func (t Type) IsUser() bool {
	return t == TypeUser || t >= typeFirst && t < TypeSyscall || t >= 2100 && t < 3000
}

// IsDetail says whether the record only says more of an event that another one begins: arguments, paths, an address. It names no
// process, but may have the text of one.
func (t Type) IsDetail() bool {
	switch t {
	case TypeExecve, TypePath, TypeCwd, TypeProctitle, TypeSockaddr, TypeEOE:
		return true
	}
	return false
}

// isRecord says whether what the kernel sends with the type is a record. The others below 1100 are answers to questions;
// REPLACE asks the audit daemon whether it is still there.
func (t Type) isRecord() bool {
	return t == TypeUser || t == TypeLogin || t >= typeFirst && t != TypeReplace
}

// isDaemon says whether the record is auditd's own. Its serials are not the kernel's.
func (t Type) isDaemon() bool {
	return t >= TypeDaemonStart && t < TypeSyscall
}

// newer are the types that the kernel and auditd have, and the library not yet.
var newer = map[Type]string{
	1420: "IPE_ACCESS",
	1421: "IPE_CONFIG_CHANGE",
	1422: "IPE_POLICY_LOAD",
	1423: "LANDLOCK_ACCESS",
	1424: "LANDLOCK_DOMAIN",
	1425: "MAC_TASK_CONTEXTS",
	1426: "MAC_OBJ_CONTEXTS",
}

// String is the name as auditd writes it: SYSCALL, or UNKNOWN[1999].
func (t Type) String() string {
	if name, ok := newer[t]; ok {
		return name
	}
	return auparse.AuditMessageType(t).String()
}

// ParseType reads a name as auditd writes it, or a number. Another word is of typeOther.
func ParseType(name string) (Type, bool) {
	if !isWord(name) {
		number := strings.TrimSuffix(strings.TrimPrefix(name, "UNKNOWN["), "]")
		n, err := strconv.ParseUint(number, 10, 16)
		return Type(n), err == nil
	}
	if t, err := auparse.GetAuditMessageType(name); err == nil {
		return Type(t), true
	}
	for t, newer := range newer {
		if newer == name {
			return t, true
		}
	}
	return typeOther, true
}

// maxWord limits the name of a type; the longest that there is has 24 letters.
const maxWord = 64

// isWord says whether name looks like the name of a type: SYSCALL, OPENAT2, RESP_ACCT_LOCK.
func isWord(name string) bool {
	if len(name) > maxWord {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '_'):
		default:
			return false
		}
	}
	return name != ""
}
