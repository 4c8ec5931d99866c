package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// An initialisation is what the runtime says of one package.
type initialisation struct {
	name          string
	clock         time.Duration
	bytes, allocs int
}

// traces is how often the program is started: the least of each package counts, for the others met something else.
const traces = 15

// initTrace is what the packages that tsboot is made of do before its first line, the slowest first.
func initTrace(program string) (string, error) {
	least := map[string]initialisation{}
	for range traces {
		cmd := exec.Command(program, "version")
		cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("trace the initialisation: %w", err)
		}
		for line := range strings.Lines(stderr.String()) {
			if i, ok := parseTrace(line); ok && (least[i.name].name == "" || i.clock < least[i.name].clock) {
				least[i.name] = i
			}
		}
	}
	return traceTable(least), nil
}

// parseTrace reads a line like "init net/http @9.1 ms, 0.30 ms clock, 4712 bytes, 49 allocs".
func parseTrace(line string) (i initialisation, ok bool) {
	var at, clock float64
	n, err := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes, %d allocs", &i.name, &at, &clock, &i.bytes, &i.allocs)
	i.clock = time.Duration(clock * float64(time.Millisecond))
	return i, err == nil && n == 5
}

func traceTable(all map[string]initialisation) string {
	var list []initialisation
	var sum, sdk initialisation
	for _, i := range all {
		list = append(list, i)
		sum = sum.plus(i)
		if strings.HasPrefix(i.name, "github.com/aws/") {
			sdk = sdk.plus(i)
		}
	}
	slices.SortFunc(list, func(a, b initialisation) int {
		return cmp.Or(cmp.Compare(b.clock, a.clock), cmp.Compare(a.name, b.name))
	})
	var b strings.Builder
	b.WriteString("| package | least time | heap | allocations |\n|---|--:|--:|--:|\n")
	sum.name, sdk.name = fmt.Sprintf("all %d packages", len(list)), "of these, the AWS SDK's"
	for _, i := range append([]initialisation{sum, sdk}, list[:min(10, len(list))]...) {
		fmt.Fprintf(&b, "| %s | %.2f ms | %d KB | %d |\n", i.name, float64(i.clock)/float64(time.Millisecond), i.bytes/1024, i.allocs)
	}
	return b.String()
}

func (i initialisation) plus(o initialisation) initialisation {
	i.clock += o.clock
	i.bytes += o.bytes
	i.allocs += o.allocs
	return i
}
