package event

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
)

const (
	// schemaVersion is the version of ECS whose names are used.
	schemaVersion = "9.0.0"
	dataset       = "tswatch.audit"
)

// New makes the event of audit records. host is the name of the machine, for records that do not say from which they are.
func New(e audit.Event, a container.Attribution, host string) *Event {
	b := builder{records: e, parts: &parts{}, fields: fieldsPool.Get().(*audit.Fields)}
	defer fieldsPool.Put(b.fields)
	b.event = &b.parts.event
	b.event.Timestamp = e.Time
	b.event.ECS.Version = schemaVersion
	b.event.Event = Info{Kind: KindEvent, Sequence: e.Serial, Dataset: dataset}
	b.event.Host.Hostname = host
	if e.Node != "" {
		b.event.Host.Hostname = b.valid(e.Node)
	}
	for i := range e.Records {
		b.read(&e.Records[i])
	}
	b.act()
	b.describeProcess()
	b.describeFile()
	b.connect()
	b.attribute(&a)
	b.event.Tswatch.Lossy = b.lossy
	return b.event
}

// parts are an event and what it may point to, in one piece of memory.
type parts struct {
	event       Event
	process     Process
	parent      Parent
	user        User
	effective   ID
	audit       ID
	fault       Error
	destination Destination
	source      Source
	network     Network
	file        File
	attribution Attribution
	container   Container
	image       Image
	tag         [1]string
	hash        Hash
	outer       ID
}

// fieldsPool keeps the memory of fields between events.
var fieldsPool = sync.Pool{New: func() any { return new(audit.Fields) }}

// builder makes one event.
type builder struct {
	records audit.Event
	event   *Event
	parts   *parts
	fields  *audit.Fields // of the record that is being read

	leader  audit.Type // of the record that says what the event is; 0: none yet
	syscall string     // its name; empty: there was none
	first   uint64     // its first argument
	exit    int64
	exited  bool

	comm, exe, cwd string
	title          string
	command        string // of a program's record: what it runs for its user
	target         string // the first PATH item: of an exec, what was to be run
	file           string // the last PATH item that is no PARENT
	nametype       string // of file
	elsewhere      bool   // file does not go from cwd
	saddr          string
	peer           string // of a program's record: where its user came from
	lossy          bool
}

// read takes from a record what the event needs of it.
func (b *builder) read(r *audit.Record) {
	switch r.Type {
	case audit.TypeEOE, audit.TypeExecve, audit.TypeTTY, audit.TypeUserTTY: // what was typed may be a password
		if b.leader == 0 && (r.Type == audit.TypeTTY || r.Type == audit.TypeUserTTY) {
			b.fields.Reset(*r)
			b.lead(r.Type)
		}
		return
	}
	b.fields.Reset(*r)
	switch r.Type {
	case audit.TypeSyscall:
		b.readSyscall()
	case audit.TypeUringOp:
		b.readRing()
	case audit.TypeCwd:
		b.cwd, _ = b.text("cwd")
	case audit.TypePath:
		b.readPath()
	case audit.TypeSockaddr:
		b.saddr, _ = b.fields.Raw("saddr")
	case audit.TypeProctitle:
		b.title, _ = b.fields.Text("proctitle")
	case audit.TypeKernModule:
		b.event.Tswatch.Module, _ = b.text("name")
		b.lead(r.Type)
	case audit.TypeObjPID:
	default:
		b.lead(r.Type)
	}
}

func (b *builder) readSyscall() {
	arch, _ := b.fields.Hex("arch")
	if number, ok := b.fields.Int("syscall"); ok {
		if b.syscall = audit.SyscallName(uint32(arch), int(number)); b.syscall == "" {
			raw, _ := b.fields.Raw("syscall")
			b.syscall = "syscall-" + b.valid(raw)
		}
	}
	b.first, _ = b.fields.Hex("a0")
	if argument := directoryArgument(b.syscall); argument != "" {
		directory, _ := b.fields.Hex(argument)
		b.elsewhere = uint32(directory) != currentDirectory
	}
	b.result()
	b.identify()
}

func (b *builder) readRing() {
	operation, _ := b.fields.Int("uring_op")
	if b.syscall = ringName(operation); b.syscall == "" {
		b.lead(audit.TypeUringOp)
		return
	}
	b.elsewhere = directoryArgument(b.syscall) != ""
	b.result()
	b.identify()
}

// result reads whether the syscall did what it was asked for.
func (b *builder) result() {
	b.exit, b.exited = b.fields.Int("exit")
	switch success, _ := b.fields.Raw("success"); success {
	case "yes":
		b.event.Event.Outcome = OutcomeSuccess
	case "no":
		b.event.Event.Outcome = OutcomeFailure
	}
}

// lead reads a record that is about a process as a syscall is. The first one says what the event is, unless a later one
// says more.
func (b *builder) lead(t audit.Type) {
	if _, more := says(t); b.leader == 0 || more {
		if _, had := says(b.leader); b.leader == 0 || !had {
			b.leader = t
		}
	}
	b.identify()
	if t == audit.TypeUserCmd {
		b.command, _ = b.text("cmd")
		b.cwd, _ = b.text("cwd")
	}
	res, ok := b.fields.Text("res")
	if !ok {
		return
	}
	switch res {
	case "success", "1", "yes":
		b.event.Event.Outcome = OutcomeSuccess
	case "failed", "failure", "0", "no":
		b.event.Event.Outcome = OutcomeFailure
	}
}

// identify reads whose act the record is. What an earlier record said stays.
func (b *builder) identify() {
	p := &b.parts.process
	if pid, ok := b.fields.Int("pid"); ok && b.event.Process == nil && pid > 0 {
		p.PID = int(pid)
		b.event.Process = p
		if ppid, ok := b.fields.Int("ppid"); ok && ppid > 0 {
			b.parts.parent.PID = int(ppid)
			p.Parent = &b.parts.parent
		}
	}
	b.identifyUser()
	if b.comm == "" {
		b.comm, _ = b.text("comm")
	}
	if b.exe == "" {
		b.exe, _ = b.text("exe")
	}
	if b.event.Tags == nil {
		for _, key := range b.fields.Keys() {
			b.event.Tags = append(b.event.Tags, b.valid(key))
		}
	}
	if b.event.Tswatch.TTY == "" {
		if b.event.Tswatch.TTY, _ = b.text("tty"); b.event.Tswatch.TTY == "" {
			b.event.Tswatch.TTY, _ = b.text("terminal")
		}
	}
}

func (b *builder) identifyUser() {
	u := &b.parts.user
	if u.ID == "" {
		u.ID = b.number("uid")
	}
	if id := b.number("euid"); id != "" && u.Effective == nil {
		b.parts.effective.ID = id
		u.Effective = &b.parts.effective
	}
	if id := b.number("auid"); id != "" && u.Audit == nil {
		b.parts.audit.ID = id
		u.Audit = &b.parts.audit
	}
	if u.Name == "" {
		u.Name, _ = b.text("acct")
	}
	if b.peer == "" {
		b.peer, _ = b.text("addr")
	}
	if *u != (User{}) {
		b.event.User = u
	}
}

// number is an id of a user; empty where it is unset, which is -1 in 32 bits.
func (b *builder) number(name string) string {
	switch raw, _ := b.fields.Raw(name); raw {
	case "4294967295", "-1", "unset":
		return ""
	default:
		return b.valid(raw)
	}
}

func (b *builder) readPath() {
	name, ok := b.text("name")
	if !ok {
		return
	}
	if item, _ := b.fields.Int("item"); item == 0 {
		b.target = name
	}
	kind, _ := b.fields.Raw("nametype")
	if kind != "PARENT" {
		b.file, b.nametype = name, kind
	}
}

// act says what the event is.
func (b *builder) act() {
	info := &b.event.Event
	action, more := says(b.leader)
	if b.leader == 0 {
		action, more = b.typeOfFirst(), false
	}
	if b.syscall != "" && !more {
		action = actionOf(b.syscall, b.first)
	}
	info.Action = action
	if action == ActionConnected && b.exited && b.exit == inProgress {
		info.Outcome = OutcomeSuccess
	} else if b.exit < 0 && info.Outcome == OutcomeFailure {
		if code := audit.ErrnoName(int(-b.exit)); code != "" {
			b.parts.fault.Code = code
			b.event.Error = &b.parts.fault
		}
	}
	class, ok := classes[action]
	if !ok {
		class = fallback(b.leader, b.file != "", b.nametype)
	}
	info.Category, info.Type = class.category, class.kind
}

// typeOfFirst is the action of an event whose first records are lost.
func (b *builder) typeOfFirst() string {
	if len(b.records.Records) == 0 {
		return "unknown"
	}
	return typeName(b.records.Records[0].Type)
}

// text is a field decoded and as UTF-8.
func (b *builder) text(name string) (string, bool) {
	s, ok := b.fields.Text(name)
	return b.valid(s), ok
}

// valid is s as UTF-8, and keeps in mind if it was not.
func (b *builder) valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b.lossy = true
	return valid(s)
}

// valid is s with U+FFFD for each byte that is not UTF-8.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range s { // of such a byte, range makes U+FFFD
		b.WriteRune(r)
	}
	return b.String()
}
