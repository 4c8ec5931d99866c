package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Key is the key of every rule that tswatch adds.
const Key = "tswatch"

// Lists and actions of rules (include/uapi/linux/audit.h).
const (
	listTask    = 1
	listExit    = 4
	listExclude = 5

	actionNever  = 0
	actionAlways = 2

	prepend = 0x10 // beside the list: before the rules that are there
)

// Fields of rules.
const (
	fieldPID    = 0
	fieldUID    = 1
	fieldArch   = 11
	fieldPath   = 105
	fieldPerm   = 106
	fieldDir    = 107
	fieldFamily = 113
	fieldArg0   = 200
	fieldArg2   = 202
	fieldKey    = 210
)

// Families of addresses.
const (
	familyIPv4 = 2
	familyIPv6 = 10
)

const equal = 0x40000000 // the operator =

// writes is the value of fieldPerm for writing and for changes of attributes.
const writes = 2 | 8

// Sizes of struct audit_rule_data.
const (
	maskWords = 64
	maxFields = 64
	ruleSize  = 4 * (3 + maskWords + 3*maxFields + 1)
)

// classBits are the numbers at the end of the mask that stand for whole classes of calls. The kernel does not list them.
const classBits = 16

// rule is a rule of the kernel: which system calls of whom are recorded.
type rule struct {
	list   uint32
	first  bool // it goes before the others; the kernel does not list that
	action uint32
	calls  [maskWords]uint32 // a bit for each number
	fields []field
}

// field is a condition. Some have a text, whose length is the value on the wire.
type field struct {
	id, op, value uint32
	text          string
}

// hasText says whether a field has a text: paths, keys, labels of security modules.
func hasText(id uint32) bool {
	return id >= 13 && id <= 17 || id >= 19 && id <= 23 || id == fieldPath || id == fieldDir || id == 112 || id == fieldKey
}

// encode is struct audit_rule_data.
func (r rule) encode() []byte {
	b := make([]byte, ruleSize)
	put := func(word int, v uint32) { binary.NativeEndian.PutUint32(b[4*word:], v) }
	list := r.list
	if r.first {
		list |= prepend
	}
	put(0, list)
	put(1, r.action)
	put(2, uint32(len(r.fields)))
	for i, word := range r.calls {
		put(3+i, word)
	}
	var texts []byte
	for i, f := range r.fields {
		if hasText(f.id) {
			f.value = uint32(len(f.text))
			texts = append(texts, f.text...)
		}
		put(3+maskWords+i, f.id)
		put(3+maskWords+maxFields+i, f.value)
		put(3+maskWords+2*maxFields+i, f.op)
	}
	put(3+maskWords+3*maxFields, uint32(len(texts)))
	return append(b, texts...)
}

// decodeRule reads struct audit_rule_data.
func decodeRule(b []byte) (rule, error) {
	if len(b) < ruleSize {
		return rule{}, errors.New("a rule is cut short")
	}
	get := func(word int) uint32 { return binary.NativeEndian.Uint32(b[4*word:]) }
	r := rule{list: get(0) &^ prepend, first: get(0)&prepend != 0, action: get(1)}
	for i := range r.calls {
		r.calls[i] = get(3 + i)
	}
	count, texts := get(2), b[ruleSize:]
	if count > maxFields {
		return rule{}, fmt.Errorf("a rule has %d fields", count)
	}
	for i := range int(count) {
		f := field{id: get(3 + maskWords + i), value: get(3 + maskWords + maxFields + i), op: get(3 + maskWords + 2*maxFields + i)}
		if hasText(f.id) {
			if uint64(f.value) > uint64(len(texts)) {
				return rule{}, errors.New("the text of a rule is cut short")
			}
			f.text, texts, f.value = string(texts[:f.value]), texts[f.value:], 0
		}
		r.fields = append(r.fields, f)
	}
	return r, nil
}

// equals says whether the kernel takes both for one rule.
func (r rule) equals(o rule) bool {
	return r.list == o.list && r.action == o.action && r.numbers() == o.numbers() && slices.Equal(r.fields, o.fields)
}

// numbers are the calls without the classes.
func (r rule) numbers() [maskWords]uint32 {
	r.calls[maskWords-1] &= 1<<(32-classBits) - 1
	return r.calls
}

// ours says whether the key of the rule is tswatch's.
func (r rule) ours() bool {
	return slices.ContainsFunc(r.fields, func(f field) bool { return f.id == fieldKey && f.text == Key })
}

// beforeFamilies is the rule for a kernel before 5.3, which does not know families of addresses: it looks at the length of
// the address, which is not an argument of socketcall.
func (r rule) beforeFamilies() (rule, bool) {
	length := map[uint32]uint32{familyIPv4: 16, familyIPv6: 28}
	at := slices.IndexFunc(r.fields, func(f field) bool { return f.id == fieldFamily })
	if _, indirect := r.value(fieldArg0); at < 0 || indirect {
		return rule{}, false
	}
	r.fields = slices.Clone(r.fields)
	r.fields[at] = field{id: fieldArg2, op: equal, value: length[r.fields[at].value]}
	return r, true
}

// onPath says whether the rule is on a file or a directory.
func (r rule) onPath() bool {
	return slices.ContainsFunc(r.fields, func(f field) bool { return f.id == fieldPath || f.id == fieldDir })
}

// value is the value of the field in a condition "=".
func (r rule) value(id uint32) (uint32, bool) {
	for _, f := range r.fields {
		if f.id == id && f.op == equal {
			return f.value, true
		}
	}
	return 0, false
}

// on sets the numbers of calls.
func (r *rule) on(numbers []int) {
	for _, n := range numbers {
		r.calls[n/32] |= 1 << (n % 32)
	}
}

// all is a mask of all calls.
func all() [maskWords]uint32 {
	var mask [maskWords]uint32
	for i := range mask {
		mask[i] = ^uint32(0)
	}
	return mask
}
