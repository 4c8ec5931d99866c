package kernel

import (
	"os"
	"slices"
	"strings"
)

// losses follow the kernel's counter of what it lost.
type losses struct {
	counter uint32 // when it was read last
	all     uint64
	keeps   bool // for an audit daemon to come: see keepsForDaemon
}

// upTo is how much was lost until the counter is at now. Another program may have set it back to 0.
func (l *losses) upTo(now uint32, daemon bool) uint64 {
	if now < l.counter {
		l.counter = 0
	}
	if !l.keeps || daemon {
		l.all += uint64(now - l.counter)
	}
	l.counter = now
	return l.all
}

// keepsForDaemon is whether a kernel that was started so keeps records for an audit daemon while there is none. When it has
// no more room for them it counts each as lost, though every reader beside the daemon gets it.
func keepsForDaemon(commandLine string) bool {
	on := false
	for word := range strings.FieldsSeq(commandLine) {
		if name, value, _ := strings.Cut(word, "="); name == "audit" { // the last one counts
			on = slices.Contains([]string{"1", "on"}, value)
		}
	}
	return on
}

// commandLine is what the kernel was started with; empty where /proc does not say.
func commandLine() string {
	text, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return ""
	}
	return string(text)
}
