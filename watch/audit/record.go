package audit

import (
	"strings"
	"time"
)

// Record is one record: a line of auditd's log, or one message of the netlink socket.
type Record struct {
	Type   Type
	Serial uint32    // of the event; it wraps
	Time   time.Time // of the event, to the millisecond
	Node   string    // of the line's "node=", else empty
	Word   string    // of the line's "type=", where that is no type known here; else empty
	Data   string    // what follows "audit(TIME:SERIAL): ", as the kernel wrote it
}

// TypeName is the name of the record's type: SYSCALL.
func (r Record) TypeName() string {
	if r.Word != "" {
		return r.Word
	}
	return r.Type.String()
}

// setWord notes a word that no table here has, and of which kind such a record is.
func (r *Record) setWord(word string) {
	r.Word = word
	switch {
	case strings.HasPrefix(word, "DAEMON_"):
		r.Type = typeOtherDaemon
	case strings.Contains(r.Data, "msg='"):
		r.Type = typeOtherUser
	}
}

// isAlone says whether the record is an event by itself. A record of any other type can be part of an event of several: the
// kernel writes CONFIG_CHANGE, EVENT_LISTENER and LOGIN, too, into the event of the system call that caused them, if that
// call is audited. So do kernels with several security modules with the record of a program: the labels follow it.
func (r Record) isAlone() bool {
	return r.Type == TypeKernel || r.Type.IsUser() && !strings.Contains(r.Data, " subj=? ")
}

// isLabels says whether the record has only the labels that several security modules give to a process or a file, which
// another record has as subj=? or obj=?. Its type is another one in some distributions' kernels than in Linux itself.
func (r Record) isLabels() bool {
	return r.Type >= TypeAVC && r.Type < TypeAppArmor && (strings.HasPrefix(r.Data, "subj_") || strings.HasPrefix(r.Data, "obj_"))
}

// Event is the records that have one time, serial and node, in the order in which they came.
type Event struct {
	Time    time.Time
	Serial  uint32
	Node    string
	Records []Record
	// Tag is what the caller gave to Assembler.Add with the first record that had one.
	Tag any
}
