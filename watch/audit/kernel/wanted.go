package kernel

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/watch/audit"
)

// call is a kind of rule: calls that are recorded, and under which condition.
type call struct {
	names []string
	where []field
}

// socketcallConnect is the condition that the one call for sockets of 32-bit x86 is connect.
var socketcallConnect = field{id: fieldArg0, op: equal, value: 3}

// calls are what the built-in rule sets look at, as narrow as the kernel can ask. bind and listen, reads of files and what
// only a forbidden call would need are not recorded.
var calls = []call{
	{[]string{"execve", "execveat"}, nil},
	{[]string{"connect"}, []field{{id: fieldFamily, op: equal, value: familyIPv4}}},
	{[]string{"connect"}, []field{{id: fieldFamily, op: equal, value: familyIPv6}}},
	{[]string{"socketcall"}, []field{socketcallConnect, {id: fieldFamily, op: equal, value: familyIPv4}}},
	{[]string{"socketcall"}, []field{socketcallConnect, {id: fieldFamily, op: equal, value: familyIPv6}}},
	{[]string{"setns", "unshare"}, nil},
	{[]string{"mount", "move_mount"}, nil},
	{[]string{"init_module", "finit_module"}, nil},
	{[]string{"ptrace"}, []field{{id: fieldArg0, op: equal, value: 0x10}}},   // PTRACE_ATTACH
	{[]string{"ptrace"}, []field{{id: fieldArg0, op: equal, value: 0x4206}}}, // PTRACE_SEIZE
	{[]string{"bpf"}, []field{{id: fieldArg0, op: equal, value: 5}}},         // BPF_PROG_LOAD
}

// watchedFiles and watchedDirs are the host's; what is not there when tswatch starts is left out, except files whose
// directory is.
var (
	watchedFiles = []string{
		"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers", "/etc/crontab", "/etc/anacrontab", "/etc/ld.so.preload",
		"/etc/ssh/sshd_config", "/root/.ssh/authorized_keys", "/root/.ssh/authorized_keys2", "/home/*/.ssh/authorized_keys",
		"/usr/bin/runc", "/usr/sbin/runc", "/usr/local/bin/runc", "/usr/local/sbin/runc", "/usr/bin/crun",
		"/etc/rc.local",
	}
	watchedDirs = []string{
		"/etc/sudoers.d", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly",
		"/var/spool/cron", "/etc/systemd/system", "/etc/systemd/user", "/usr/lib/systemd/system", "/etc/init.d", "/etc/audit",
	}
)

// watchedSockets are those of container runtimes: who connects to one may do what the runtime may.
var watchedSockets = []string{"/run/docker.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/podman/podman.sock"}

// changing are the calls by which something in a directory changes. The kernel asks a rule on a directory at every call
// that it names, so it names few.
var changing = []string{
	"open", "openat", "openat2", "open_by_handle_at", "creat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat",
	"symlink", "symlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "truncate", "truncate64", "ftruncate", "ftruncate64",
	"chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat", "chown32", "lchown32", "fchown32", "setxattr", "lsetxattr", "fsetxattr",
}

// arches are the tables of system calls of a machine, the native first.
func arches(machine string) []uint32 {
	switch machine {
	case "amd64":
		return []uint32{audit.ArchAMD64, audit.ArchI386}
	case "arm64":
		return []uint32{audit.ArchARM64, audit.ArchARM}
	}
	return nil
}

// wanted are the rules of the plan, for the process pid; none where the calls of the machine are not known.
func (p Plan) wanted(pid int) []rule {
	machine := arches(runtime.GOARCH)
	if machine == nil {
		return nil
	}
	rules := []rule{own(machine, pid)}
	for _, arch := range machine {
		for _, c := range calls {
			if numbers := numbersOf(arch, c.names); len(numbers) > 0 {
				rules = append(rules, p.each(arch, numbers, c.where)...)
			}
		}
		for _, socket := range p.sockets() {
			rules = append(rules, p.each(arch, numbersOf(arch, []string{"connect"}), []field{{id: fieldPath, op: equal, text: socket}})...)
		}
	}
	return append(rules, p.files(machine)...)
}

// each is a rule for each user: the conditions of one rule must all be true.
func (p Plan) each(arch uint32, numbers []int, where []field) []rule {
	r := rule{list: listExit, action: actionAlways}
	r.on(numbers)
	r.fields = append(r.fields, field{id: fieldArch, op: equal, value: arch})
	r.fields = append(r.fields, where...)
	return p.forUsers(r)
}

func (p Plan) forUsers(r rule) []rule {
	var rules []rule
	common := r.fields[:len(r.fields):len(r.fields)]
	for _, uid := range p.UIDs {
		r.fields = append(common, field{id: fieldUID, op: equal, value: uid}, field{id: fieldKey, op: equal, text: Key})
		rules = append(rules, r)
	}
	if len(p.UIDs) == 0 {
		r.fields = append(common, field{id: fieldKey, op: equal, text: Key})
		rules = append(rules, r)
	}
	return rules
}

// sockets are the paths of the sockets, each once, by the directories that they are really in.
func (p Plan) sockets() []string {
	var sockets []string
	add := func(path string) {
		if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
			path = filepath.Join(dir, filepath.Base(path))
		}
		if !slices.Contains(sockets, path) {
			sockets = append(sockets, path)
		}
	}
	for _, socket := range p.Sockets {
		add(socket)
	}
	for _, socket := range watchedSockets {
		for _, dir := range p.there(filepath.Dir(socket)) {
			add(filepath.Join(dir, filepath.Base(socket)))
		}
	}
	return sockets
}

// files are the rules for the host's files.
func (p Plan) files(machine []uint32) []rule {
	var rules []rule
	for _, pattern := range watchedFiles {
		for _, dir := range p.there(filepath.Dir(pattern)) {
			r := rule{list: listExit, action: actionAlways, calls: all()}
			path := filepath.Join(dir, filepath.Base(pattern))
			r.fields = []field{{id: fieldPath, op: equal, text: path}, {id: fieldPerm, op: equal, value: writes}}
			rules = append(rules, p.forUsers(r)...)
		}
	}
	for _, pattern := range watchedDirs {
		for _, dir := range p.there(pattern) {
			for _, arch := range machine {
				rules = append(rules, p.each(arch, numbersOf(arch, changing), []field{{id: fieldDir, op: equal, text: dir}, {id: fieldPerm, op: equal, value: writes}})...)
			}
		}
	}
	return rules
}

// literal are the characters of a path that a pattern would give a meaning.
var literal = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// there are the paths of the host that match and exist, as this process sees them.
func (p Plan) there(pattern string) []string {
	found, err := filepath.Glob(filepath.Join(literal.Replace(p.HostRoot), pattern))
	if err != nil {
		return nil
	}
	return found
}

// own keeps what tswatch itself does out of the records. It also says that there is a tswatch, and which process it is.
func own(machine []uint32, pid int) rule {
	r := rule{list: listExit, first: true, action: actionNever}
	for _, c := range calls {
		r.on(numbersOf(machine[0], c.names))
	}
	r.fields = []field{
		{id: fieldArch, op: equal, value: machine[0]},
		{id: fieldPID, op: equal, value: uint32(pid)},
		{id: fieldKey, op: equal, text: Key},
	}
	return r
}

// numbersOf are the numbers of the calls that the architecture has.
func numbersOf(arch uint32, names []string) []int {
	var numbers []int
	for n := range maskWords*32 - classBits {
		name := audit.SyscallName(arch, n)
		for _, wanted := range names {
			if name == wanted {
				numbers = append(numbers, n)
			}
		}
	}
	return numbers
}
