package audit

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func execEvent(records ...string) *Event {
	e := new(Event)
	for _, data := range records {
		e.Records = append(e.Records, Record{Type: TypeExecve, Data: data})
	}
	return e
}

func TestExecArgs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		records []string
		want    []string
		exact   bool
	}{
		{"plain", []string{`argc=3 a0="curl" a1="-O" a2="http://x.example/a"`}, []string{"curl", "-O", "http://x.example/a"}, true},
		{"empty and quoted null", []string{`argc=3 a0="x" a1="" a2="(null)"`}, []string{"x", "", "(null)"}, true},
		{"hexadecimal", []string{`argc=3 a0="sh" a1="-c" a2=6563686F20226122`}, []string{"sh", "-c", `echo "a"`}, true},
		{"digits in hexadecimal", []string{`argc=2 a0="x" a1=31`}, []string{"x", "1"}, true},
		{"digits in quotes", []string{`argc=2 a0="x" a1="31"`}, []string{"x", "31"}, true},
		{"no UTF-8", []string{`argc=2 a0="x" a1=FFFE`}, []string{"x", "\xff\xfe"}, true},
		{"looks like a field", []string{`argc=3 a0="x" a1="a2=y" a2="argc=9"`}, []string{"x", "a2=y", "argc=9"}, true},
		{"several records", []string{`argc=4 a0="a" a1="b"`, ` a2="c"`, ` a3="d"`}, []string{"a", "b", "c", "d"}, true},
		{"none", []string{`argc=0`}, nil, true},
		{"in parts", []string{`argc=3 a0="x" a1_len=12 a1[0]=414243`, ` a1[1]=444546 a2="tail"`}, []string{"x", "ABCDEF", "tail"}, true},
		{"two in parts", []string{`argc=2 a0_len=4 a0[0]=4142 a1_len=4 a1[0]=43`, ` a1[1]=44`}, []string{"AB", "CD"}, true},
		{"in parts in quotes", []string{`argc=1 a0_len=4 a0[0]="AB"`, ` a0[1]="CD"`}, []string{"ABCD"}, true},
		{"parts without a length", []string{`argc=1 a0[0]=4142 a0[1]=4344`}, []string{"ABCD"}, false},

		{"no record", nil, nil, false},
		{"the first record is missing", []string{` a2="c" a3="d"`}, []string{"c", "d"}, false},
		{"the middle is missing", []string{`argc=3 a0="a"`, ` a2="c"`}, []string{"a", "c"}, false},
		{"the end is missing", []string{`argc=3 a0="a" a1="b"`}, []string{"a", "b"}, false},
		{"more than argc", []string{`argc=1 a0="a" a1="b"`}, []string{"a", "b"}, false},
		{"twice", []string{`argc=2 a0="a" a1="b" a0="z"`}, []string{"a", "b"}, false},
		{"the last part is missing", []string{`argc=2 a0="x" a1_len=6 a1[0]=4142`}, []string{"x", "AB"}, false},
		{"a part in the middle is missing", []string{`argc=2 a0="x" a1_len=6 a1[0]=41 a1[2]=43`}, []string{"x", "A"}, false},
		{"the first part is missing", []string{`argc=2 a0="x" a1_len=6 a1[1]=4243`}, []string{"x"}, false},
		{"no parts", []string{`argc=2 a0="x" a1_len=6`}, []string{"x"}, false},
		{"not readable", []string{`argc=2 a0="x" a1=(null)`}, []string{"x"}, false},
		{"wrong argc", []string{`argc=x a0="x"`}, []string{"x"}, false},
		{"huge argc", []string{`argc=4294967295 a0="x"`}, []string{"x"}, false},
		{"huge number", []string{`argc=1 a9223372036854775807="x" a99999999999999999999="y"`}, []string{"x"}, false},
		{"nonsense", []string{`argc=1 a0="x" a="1" aa="2" a0[="3" a0[x]="4" a0[-1]="5" b0="6" a0_le="7"`}, []string{"x"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, exact := ExecArgs(execEvent(test.records...))
			if !slices.Equal(got, test.want) || exact != test.exact {
				t.Errorf("got %q, %v\nwant %q, %v", got, exact, test.want, test.exact)
			}
		})
	}
}

// TestExecArgsOfAnyKind writes random arguments as the kernel does and reads them back, whole and with a record missing.
func TestExecArgsOfAnyKind(t *testing.T) {
	t.Parallel()
	for seed := range uint64(15) {
		random := rand.New(rand.NewPCG(seed, 1))
		args := randomArgs(random)
		records := kernelExecve(args)
		if got, exact := ExecArgs(execEvent(records...)); !exact || !slices.Equal(got, args) {
			t.Fatalf("seed %d: got %.200q, %v\nwant %.200q", seed, got, exact, args)
		}
		i := random.IntN(len(records))
		got, exact := ExecArgs(execEvent(slices.Delete(records, i, i+1)...))
		if exact {
			t.Fatalf("seed %d: record %d is missing, and %.200q is called exact", seed, i, got)
		}
		for _, arg := range got {
			if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, arg) }) {
				t.Fatalf("seed %d: record %d is missing, and %.200q is invented", seed, i, arg)
			}
		}
	}
}

func randomArgs(random *rand.Rand) []string {
	lengths := []int{0, 1, 2, 10, 10, 10, 100, 7499, 7500, 7501, 20000}
	args := make([]string, 1+random.IntN(20))
	for i := range args {
		b := make([]byte, lengths[random.IntN(len(lengths))])
		printable := random.IntN(3) > 0
		for j := range b {
			b[j] = byte(1 + random.IntN(255))
			if printable {
				b[j] = byte(0x23 + random.IntN(0x5c))
			}
		}
		args[i] = string(b)
	}
	return args
}

// kernelExecve writes arguments as the kernel does (audit_log_execve_info in kernel/auditsc.c): a record holds at most
// 7,500 bytes, and an argument that does not fit into one is given in parts, in hexadecimal.
func kernelExecve(args []string) []string {
	const most = 7500
	var records []string
	record := fmt.Sprintf("argc=%d ", len(args))
	room := func(n int) {
		if len(record)+n > most {
			records, record = append(records, record), ""
		}
	}
	for i, arg := range args {
		if len(arg) < most {
			text := fmt.Sprintf(" a%d=%s", i, untrusted(arg))
			room(len(text))
			record += text
			continue
		}
		encoded := strings.ToUpper(hex.EncodeToString([]byte(arg)))
		record += fmt.Sprintf(" a%d_len=%d", i, len(encoded))
		for part := 0; encoded != ""; part++ {
			room(100)
			n := min(len(encoded), (most-len(record))&^1)
			record += fmt.Sprintf(" a%d[%d]=%s", i, part, encoded[:n])
			encoded = encoded[n:]
		}
	}
	return append(records, record)
}

// untrusted writes a string as audit_log_untrustedstring does.
func untrusted(s string) string {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e || s[i] == '"' {
			return strings.ToUpper(hex.EncodeToString([]byte(s)))
		}
	}
	return `"` + s + `"`
}

func FuzzExecArgs(f *testing.F) {
	f.Add(`argc=3 a0="curl" a1="-O" a2=6120`, "")
	f.Add(`argc=3 a0="x" a1_len=12 a1[0]=414243`, ` a1[1]=444546 a2="tail"`)
	f.Add(`argc=2 a0="x" a1_len=6 a1[1]=4243 a1=`, `a0`)
	f.Fuzz(func(t *testing.T, first, second string) {
		args, exact := ExecArgs(execEvent(first, second))
		size := 0
		for _, arg := range args {
			size += len(arg)
		}
		if size > len(first)+len(second) || len(args) > (len(first)+len(second))/3 {
			t.Errorf("%q, %q: invented: %q, %v", first, second, args, exact)
		}
	})
}
