package event

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/watch/audit"
)

// read takes from a record what the event needs of it.
func (b *builder) read(r *audit.Record) {
	if r.Type == audit.TypeEOE || r.Type == audit.TypeExecve {
		return // audit.ExecArgs reads the latter, all of them at once
	}
	b.fields.Reset(*r)
	switch r.Type {
	case audit.TypeSyscall:
		b.readSyscall()
	case audit.TypeUringOp:
		b.readRing(r)
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
		b.lead(r)
	case typeOpenat2:
		oflag, _ := b.fields.Raw("oflag")
		flags, _ := strconv.ParseUint(oflag, 8, 64)
		b.writes = areForWriting(flags)
	case audit.TypeObjPID: // of another process
	case audit.TypeConfigChange:
		if op, _ := b.fields.Raw("op"); strings.Trim(op, `"`) == "updated_rules" {
			b.followed = true
			return
		}
		b.lead(r)
	default:
		if isVerdict(r.Type) {
			b.readVerdict(r)
		}
		b.lead(r)
	}
}

func (b *builder) readSyscall() {
	if raw, ok := b.fields.Raw("syscall"); ok {
		if b.syscall = b.fields.Syscall(); b.syscall == "" {
			b.syscall = "syscall-" + b.valid(raw)
		}
	}
	b.first, _ = b.fields.Hex("a0")
	if argument := directoryArgument(b.syscall); argument != "" {
		directory, _ := b.fields.Hex(argument)
		b.elsewhere = uint32(directory) != currentDirectory
	}
	if argument := flagsArgument(b.syscall); argument != "" {
		flags, _ := b.fields.Hex(argument)
		b.writes = areForWriting(flags)
	}
	b.result()
	b.identify()
	b.identifyMore()
}

func (b *builder) readRing(r *audit.Record) {
	operation, _ := b.fields.Int("uring_op")
	if b.syscall = ringName(operation); b.syscall == "" {
		b.lead(r)
		return
	}
	b.elsewhere = directoryArgument(b.syscall) != ""
	b.result()
	b.identify()
	b.identifyMore()
}

// result reads whether the syscall did what it was asked for. A record that says more of the event says so itself.
func (b *builder) result() {
	b.exit, b.exited = b.fields.Exit()
	if saysMore(b.leader) && b.event.Event.Outcome != "" {
		return
	}
	switch success, _ := b.fields.Raw("success"); success {
	case "yes":
		b.event.Event.Outcome = OutcomeSuccess
	case "no":
		b.event.Event.Outcome = OutcomeFailure
	}
}

// lead reads a record that says what the event is. It has the fields of a syscall for the process. Where there are several,
// the first counts, unless a later one says more.
func (b *builder) lead(r *audit.Record) {
	t := r.Type
	if b.leader == 0 || saysMore(t) && !saysMore(b.leader) {
		b.leader, b.named = t, ofType(r)
	}
	b.identify()
	switch {
	case t.IsUser():
		b.identifyAccount()
	case isAnomaly(t):
		b.identifyMore()
		return // the kernel writes res=1 there, whatever happened
	default:
		b.identifyMore()
	}
	if t == audit.TypeUserCmd {
		b.command, _ = b.text("cmd")
		b.cwd, _ = b.text("cwd")
	}
	switch res, _ := b.fields.Text("res"); res {
	case "success", "1", "yes":
		b.event.Event.Outcome = OutcomeSuccess
	case "failed", "failure", "0", "no":
		b.event.Event.Outcome = OutcomeFailure
	}
}

// identify reads whose act the record is: what every record says that names a process. What an earlier record said stays.
func (b *builder) identify() {
	if pid, ok := b.fields.Int("pid"); ok && b.event.Process == nil && pid > 0 {
		b.parts.process.PID = int(pid)
		b.event.Process = &b.parts.process
	}
	u := &b.parts.user
	if u.ID == "" {
		u.ID = b.number("uid")
	}
	if id := b.number("auid"); id != "" && u.Audit == nil {
		b.parts.audit.ID = id
		u.Audit = &b.parts.audit
	}
	if u.ID != "" || u.Audit != nil {
		b.event.User = u
	}
	if b.comm == "" {
		b.comm, _ = b.text("comm")
	}
	if b.exe == "" {
		b.exe, _ = b.text("exe")
	}
}

// identifyMore reads what the kernel says besides. In the text of a program these names would be the program's word.
func (b *builder) identifyMore() {
	if ppid, ok := b.fields.Int("ppid"); ok && ppid > 0 && b.event.Process != nil {
		b.parts.parent.PID = int(ppid)
		b.parts.process.Parent = &b.parts.parent
	}
	if id := b.number("euid"); id != "" && b.parts.user.Effective == nil {
		b.parts.effective.ID = id
		b.parts.user.Effective = &b.parts.effective
		b.event.User = &b.parts.user
	}
	if b.event.Tags == nil {
		for _, key := range b.fields.Keys() {
			if key != "" {
				b.event.Tags = append(b.event.Tags, b.valid(key))
			}
		}
	}
	if b.event.Tswatch.TTY == "" {
		b.event.Tswatch.TTY, _ = b.text("tty")
	}
}

// identifyAccount reads what a program says of the account that it lets in, changes or acts for.
func (b *builder) identifyAccount() {
	if name, ok := b.text("acct"); ok && name != "" {
		b.parts.user.Name = name
		b.event.User = &b.parts.user
	}
	if b.event.Tswatch.TTY == "" {
		b.event.Tswatch.TTY, _ = b.text("terminal")
	}
	for _, name := range []string{"addr", "hostname"} {
		text, _ := b.fields.Text(name)
		if ip, err := netip.ParseAddr(text); err == nil {
			b.parts.source.IP = ip.Unmap().WithZone("").String()
			b.event.Source = &b.parts.source
			return
		}
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
	item, numbered := b.fields.Int("item")
	if numbered && item == 0 {
		b.target = name
	}
	kind, _ := b.fields.Raw("nametype")
	if kind != "PARENT" && (!numbered || item >= b.item) { // a log may have lost its order
		b.file, b.nametype, b.item = name, kind, item
	}
}
