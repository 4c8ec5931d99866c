package main

import (
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/supervisor"
)

const maxExitCode = 255

// stop reads the flags about signals and exit codes.
func (s *settings) stop() (stop boot.Stop, err error) {
	stop.Grace, stop.Scope = s.grace, supervisor.SignalScope(s.signalScope)
	if stop.On, err = s.parseSignals("stop-on", s.stopOn); err != nil {
		return stop, err
	}
	if stop.Signal, err = s.parseOptionalSignal("stop-signal", s.stopSignal); err != nil {
		return stop, err
	}
	if stop.Rewrite, err = s.parseRewrites(s.signalRewrite); err != nil {
		return stop, err
	}
	if stop.Remap, err = s.parseRemaps(s.exitRemap); err != nil {
		return stop, err
	}
	stop.ParentDeath, err = s.parseOptionalSignal("parent-death-signal", s.parentDeathSignal)
	return stop, err
}

// parseSignals reads the signals of a repeatable flag.
func (s *settings) parseSignals(flag string, names []string) ([]supervisor.Signal, error) {
	signals := make([]supervisor.Signal, 0, len(names))
	for _, name := range names {
		signal, err := supervisor.ParseSignal(name)
		if err != nil {
			return nil, s.given.Wrongf(flag, ": %w", err)
		}
		signals = append(signals, signal)
	}
	return signals, nil
}

// parseOptionalSignal reads the signal of a flag that may be empty; 0 is none.
func (s *settings) parseOptionalSignal(flag, name string) (supervisor.Signal, error) {
	if name == "" {
		return 0, nil
	}
	signals, err := s.parseSignals(flag, []string{name})
	if err != nil {
		return 0, err
	}
	return signals[0], nil
}

// parseRewrites reads FROM:TO pairs; TO 0 drops the signal.
func (s *settings) parseRewrites(pairs []string) (map[supervisor.Signal]supervisor.Signal, error) {
	rewrites := make(map[supervisor.Signal]supervisor.Signal, len(pairs))
	for _, pair := range pairs {
		from, to, _ := strings.Cut(pair, ":")
		if from == "" || to == "" {
			return nil, s.given.Wrongf("signal-rewrite", " %q: want FROM:TO, as in TERM:QUIT; TO 0 drops the signal", pair)
		}
		if to == "0" {
			to = ""
		}
		source, err := s.parseOptionalSignal("signal-rewrite", from)
		if err != nil {
			return nil, err
		}
		if rewrites[source], err = s.parseOptionalSignal("signal-rewrite", to); err != nil {
			return nil, err
		}
	}
	return rewrites, nil
}

// parseRemaps reads FROM[:TO] pairs of exit codes.
func (s *settings) parseRemaps(pairs []string) (map[int]int, error) {
	remaps := make(map[int]int, len(pairs))
	for _, pair := range pairs {
		from, to, ok := strings.Cut(pair, ":")
		if !ok {
			to = "0"
		}
		source, err1 := strconv.Atoi(from)
		target, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || source < 0 || source > maxExitCode || target < 0 || target > maxExitCode {
			return nil, s.given.Wrongf("exit-remap", " %q: want FROM or FROM:TO, codes from 0 to %d", pair, maxExitCode)
		}
		remaps[source] = target
	}
	return remaps, nil
}

// preempts reports whether GODEBUG asks for asynchronous preemption: it beats what the binary was linked with, and the
// runtime then sends itself SIGURG. As in the runtime, the last setting counts.
func preempts(environ []string) bool {
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
