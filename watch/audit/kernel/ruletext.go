package kernel

import (
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/watch/audit"
)

// fieldNames are those of auditctl(8).
var fieldNames = map[uint32]string{
	fieldPID: "pid", fieldUID: "uid", fieldArch: "arch", fieldPath: "path", fieldPerm: "perm", fieldDir: "dir",
	fieldFamily: "saddr_fam", fieldArg0: "a0", fieldArg2: "a2", fieldKey: "key",
}

// String is the rule as auditctl(8) takes it; fields of others that have no name here stand as numbers.
func (r rule) String() string {
	action := "always"
	if r.action == actionNever {
		action = "never"
	}
	list := map[uint32]string{listTask: "task", listExit: "exit", listExclude: "exclude"}[r.list]
	if list == "" {
		list = fmt.Sprint("list ", r.list)
	}
	words := []string{"-a", action + "," + list}
	if r.first {
		words[0] = "-A"
	}
	arch, has := r.value(fieldArch)
	if has {
		words = append(words, "-F", "arch="+archName(arch))
	}
	if calls := r.callNames(arch); calls != "" {
		words = append(words, "-S", calls)
	}
	for _, f := range r.fields {
		if f.id != fieldArch {
			words = append(words, "-F", f.String())
		}
	}
	return strings.Join(words, " ")
}

func (f field) String() string {
	name := fieldNames[f.id]
	if name == "" {
		name = fmt.Sprint("field", f.id)
	}
	sign := "="
	if f.op != equal {
		sign = fmt.Sprintf("[%#x]", f.op)
	}
	switch {
	case hasText(f.id):
		return name + sign + f.text
	case f.id == fieldPerm && f.value == writes:
		return name + sign + "wa"
	}
	return fmt.Sprint(name, sign, f.value)
}

// callNames are the names of the calls where the architecture says which they are, else how many there are.
func (r rule) callNames(arch uint32) string {
	numbers := r.numbers()
	if numbers == (rule{calls: all()}).numbers() {
		return ""
	}
	var names []string
	for n := range maskWords * 32 {
		if numbers[n/32]&(1<<(n%32)) == 0 {
			continue
		}
		name := audit.SyscallName(arch, n)
		if name == "" {
			name = fmt.Sprint(n)
		}
		names = append(names, name)
	}
	return strings.Join(names, ",")
}

func archName(arch uint32) string {
	switch arch {
	case audit.ArchAMD64, audit.ArchARM64:
		return "b64"
	case audit.ArchI386, audit.ArchARM:
		return "b32"
	}
	return fmt.Sprintf("%#x", arch)
}
