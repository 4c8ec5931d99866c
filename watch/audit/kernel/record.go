package kernel

import (
	"fmt"
	"io"

	"github.com/tsboot/tsboot/watch/audit"
)

// WriteLine writes a record as the audit daemon logs it. audit.ParseLine reads it.
func WriteLine(w io.Writer, r audit.Record) error {
	_, err := fmt.Fprintf(w, "type=%s msg=audit(%d.%03d:%d): %s\n", r.Type, r.Time.Unix(), r.Time.UnixMilli()%1000, r.Serial, r.Data)
	return err
}
