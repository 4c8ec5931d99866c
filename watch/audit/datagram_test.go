package audit

import (
	"errors"
	"testing"
)

// TestDatagram: what is a record is read, however long its header says that it is; what is none says why.
func TestDatagram(t *testing.T) {
	t.Parallel()
	const text = "audit(1700000000.123:45): pid=1"
	for name, test := range map[string]struct {
		of   Datagram
		want error
	}{
		"multicast":          {Datagram{Type: TypeSyscall, Length: uint32(len(text)) + 16}, nil},
		"unicast":            {Datagram{Type: TypeSyscall, Length: uint32(len(text))}, nil},
		"padded":             {Datagram{Type: TypeSyscall, Length: uint32(len(text)) - 3}, nil},
		"a login":            {Datagram{Type: TypeLogin, Length: uint32(len(text))}, nil},
		"auditctl -m":        {Datagram{Type: TypeUser, Length: uint32(len(text))}, nil},
		"a type of tomorrow": {Datagram{Type: 2999, Length: uint32(len(text))}, nil},
		"cut":                {Datagram{Type: TypeSyscall, Length: uint32(len(text)) + 17}, ErrMalformed},
		"another length":     {Datagram{Type: TypeSyscall, Length: uint32(len(text)) + 3}, nil},
		"no header":          {Datagram{}, ErrMalformed},
		"of a program":       {Datagram{Type: TypeSyscall, Port: 7, Length: uint32(len(text))}, ErrForeign},
		"an answer":          {Datagram{Type: 1000, Length: uint32(len(text))}, ErrNoRecord},
		"a rule":             {Datagram{Type: 1013, Length: uint32(len(text))}, ErrNoRecord},
		"an error":           {Datagram{Type: 2, Length: uint32(len(text))}, ErrNoRecord},
		"a question":         {Datagram{Type: TypeReplace, Length: uint32(len(text))}, ErrNoRecord},
	} {
		test.of.Payload = []byte(text)
		r, err := test.of.Record()
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if test.want == nil && (r.Type != test.of.Type || r.Serial != 45 || r.Data != "pid=1") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func FuzzDatagram(f *testing.F) {
	f.Add(uint16(TypeSyscall), uint32(0), uint32(40), []byte("audit(1700000000.123:45): pid=1"))
	f.Add(uint16(TypeLogin), uint32(7), uint32(0), []byte("audit(1.000:1):"))
	f.Fuzz(func(t *testing.T, kind uint16, port, length uint32, payload []byte) {
		d := Datagram{Type: Type(kind), Port: port, Length: length, Payload: payload}
		r, err := d.Record()
		if err != nil {
			return
		}
		if port != 0 || kind == 0 || r.Type != d.Type || len(r.Data) >= len(payload) {
			t.Errorf("%+v is read as %+v", d, r)
		}
		_ = r.Fields().Syscall()
	})
}
