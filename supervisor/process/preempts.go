package process

import (
	"strconv"
	"strings"
)

// Preempts reports whether GODEBUG asks for asynchronous preemption: it beats what the binary was linked with, and the
// runtime then sends itself SIGURG. As in the runtime, the last setting counts.
func Preempts(environ []string) bool {
	const setting = "asyncpreemptoff="
	found := ""
	for _, entry := range environ {
		if godebug, ok := strings.CutPrefix(entry, "GODEBUG="); ok {
			for field := range strings.SplitSeq(godebug, ",") {
				if value, ok := strings.CutPrefix(field, setting); ok {
					found = value
				}
			}
			break
		}
	}
	off, err := strconv.Atoi(found)
	return err == nil && off == 0
}
