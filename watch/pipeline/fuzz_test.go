package pipeline

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzReplay: whatever is given to a replay, it ends, every line is JSON, and every line of the input is a record, malformed,
// or passed over.
func FuzzReplay(f *testing.F) {
	f.Add([]byte(exec(1700000000123, 45, 7)))
	f.Add([]byte("node=a type=USER_CMD msg=audit(1.000:1): pid=1 msg='cmd=4142 res=success'\x1dUID=\"root\"\r\n\n# no record\ntype="))
	f.Add([]byte("tswatch record 1\n# linux\n1.000000001 1327 0 45 \"audit(1.000:1): proctitle=41\"\n1.000000001 2 0 4 \"\"\ntorn"))
	f.Add([]byte("\x1f\x8b\x08\x00\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		out := &output{}
		report, err := NewReplay(settingsFor(out), nil).Run(t.Context(), []Input{Stdin(bytes.NewReader(text))})
		if err != nil {
			t.Fatal(err)
		}
		lines := uint64(strings.Count(string(text), "\n") + 1)
		if report.Records+report.Malformed > lines && len(report.Broken) == 0 && !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
			t.Errorf("%d records and %d malformed lines of %d", report.Records, report.Malformed, lines)
		}
		events := uint64(0)
		for _, action := range out.actions() {
			if action != "audit-lost" {
				events++
			}
		}
		if events > report.Records {
			t.Errorf("%d events of %d records", events, report.Records)
		}
	})
}
