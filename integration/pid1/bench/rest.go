//go:build linux

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
)

// rest measures all whose child simply runs, all at the same time.
func rest(_ settings, inits []*adapter.Adapter) ([]row, error) {
	memory := row{name: "anonymous memory at rest", unit: "kB", limit: 4096}
	wakeups := row{name: "wake-ups in 20 s at rest", unit: ""}
	var started []*running
	defer func() {
		for _, s := range started {
			s.end()
		}
	}()
	for _, a := range inits {
		s, err := startInit(a, []string{"/bin/sleep", "1000"})
		if err != nil {
			return nil, fmt.Errorf("%s at rest: %w", a.Name, err)
		}
		started = append(started, s)
	}
	<-time.After(3 * time.Second) // the start settles
	before := make([]float64, len(started))
	for n, s := range started {
		kb, err := s.field("smaps_rollup", "Anonymous")
		if err != nil {
			return nil, err
		}
		memory.values = append(memory.values, kb)
		if before[n], err = s.switches(); err != nil {
			return nil, err
		}
	}
	<-time.After(20 * time.Second)
	for n, s := range started {
		after, err := s.switches()
		if err != nil {
			return nil, err
		}
		wakeups.values = append(wakeups.values, after-before[n])
	}
	return []row{memory, wakeups}, nil
}

// switches are the voluntary context switches of all threads: each is a wake-up.
func (s *running) switches() (float64, error) {
	tasks, err := os.ReadDir(s.Path(s.init.Inner, "task"))
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, t := range tasks {
		n, err := s.field("task/"+t.Name()+"/status", "voluntary_ctxt_switches")
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// field reads "name: number" from a file of the init below /proc.
func (s *running) field(file, name string) (float64, error) {
	text, err := s.File(s.init.Inner, file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strconv.ParseFloat(strings.Fields(value)[0], 64)
		}
	}
	return 0, fmt.Errorf("find %s in %s", name, file)
}
