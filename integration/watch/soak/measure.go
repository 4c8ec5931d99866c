//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// use is what the process takes at a time.
type use struct {
	resident int // KiB
	highest  int // KiB, of all until then
	files    int
	threads  int
}

type uses []use

// settled is when all of the process has run once.
const settled = 10 * time.Second

// maxResident is what tswatch promises, in KiB.
const maxResident = 64 << 10

// measure looks at the process each second.
func (s *soak) measure(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for begin := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := useOf(s.agent.pid())
		if err != nil {
			s.story.violation("look at tswatch: %v; it says\n%s", err, s.agent.says())
			return
		}
		if now.highest > maxResident {
			s.story.violation("tswatch had %d KiB of memory, more than %d", now.highest, maxResident)
		}
		if time.Since(begin) >= settled {
			s.uses = append(s.uses, now)
		}
	}
}

func useOf(pid int) (use, error) {
	var u use
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		n, _ := strconv.Atoi(fields[1])
		switch fields[0] {
		case "VmRSS:":
			u.resident = n
		case "VmHWM:":
			u.highest = n
		case "Threads:":
			u.threads = n
		}
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	u.files = len(files)
	return u, err
}

// flat compares the first quarter of the time with the last. Of memory the middle counts: the collector lets it go up and down.
// Of files the least counts: a spool that is in use has some open. Threads are never given back, so the most counts.
func (all uses) flat() (string, error) {
	quarter := len(all) / 4
	if quarter < 5 {
		return "too short to compare memory", nil
	}
	first, last := all[:quarter], all[len(all)-quarter:]
	middle := func(of uses) int { return of.sorted(func(u use) int { return u.resident })[len(of)/2] }
	least := func(of uses) int { return of.sorted(func(u use) int { return u.files })[0] }
	most := func(of uses) int { return of.sorted(func(u use) int { return u.threads })[len(of)-1] }
	text := fmt.Sprintf("memory %d KiB, then %d (at most %d); files %d, then %d; threads %d, then %d",
		middle(first), middle(last), all[len(all)-1].highest, least(first), least(last), most(first), most(last))
	if middle(last) > middle(first)*5/4+4<<10 || least(last) > least(first)+2 || most(last) > most(first)+6 {
		return text, fmt.Errorf("what tswatch takes has grown: %s", text)
	}
	return text, nil
}

func (all uses) sorted(by func(use) int) []int {
	numbers := make([]int, 0, len(all))
	for _, u := range all {
		numbers = append(numbers, by(u))
	}
	slices.Sort(numbers)
	return numbers
}
