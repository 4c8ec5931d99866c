//go:build linux

package watch

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/tsboot/tsboot/integration/watch/scene"
)

// serve starts what the stand-ins visit, until the end of the test.
func serve(t *testing.T, a *agent) *scene.Server {
	t.Helper()
	s, err := scene.Serve(func(pid int) bool {
		text, _ := os.ReadFile(a.output)
		return bytes.Contains(text, fmt.Appendf(nil, `"process":{"pid":%d,`, pid))
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
