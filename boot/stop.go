package boot

import (
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

const maxExitCode = 255

// StopWords are the words of the flags about signals and exit codes, as they were given.
type StopWords struct {
	On          []string // --stop-on
	Signal      string   // --stop-signal; empty: none
	Rewrite     []string // --signal-rewrite, FROM:TO
	Remap       []string // --exit-remap, FROM[:TO]
	ParentDeath string   // --parent-death-signal; empty: none
}

// Parse reads the words. Grace and Scope of the result are zero. An error is of kind Usage and names what gave the word.
func (w StopWords) Parse(given Given) (stop Stop, err error) {
	if stop.On, err = parseSignals(given, "stop-on", w.On); err != nil {
		return stop, err
	}
	if stop.Signal, err = parseOptionalSignal(given, "stop-signal", w.Signal); err != nil {
		return stop, err
	}
	if stop.Rewrite, err = parseRewrites(given, w.Rewrite); err != nil {
		return stop, err
	}
	if stop.Remap, err = parseRemaps(given, w.Remap); err != nil {
		return stop, err
	}
	stop.ParentDeath, err = parseOptionalSignal(given, "parent-death-signal", w.ParentDeath)
	return stop, err
}

// parseSignals reads the signals of a repeatable flag.
func parseSignals(given Given, flag string, names []string) ([]supervisor.Signal, error) {
	signals := make([]supervisor.Signal, 0, len(names))
	for _, name := range names {
		signal, err := supervisor.ParseSignal(name)
		if err != nil {
			return nil, given.Wrongf(flag, ": %w%s", err, nearestSignal(name))
		}
		signals = append(signals, signal)
	}
	return signals, nil
}

// nearestSignal is the end of a message about a wrong name of a signal.
func nearestSignal(name string) string {
	var short []string
	for _, known := range supervisor.SignalNames() {
		short = append(short, strings.ToLower(strings.TrimPrefix(known, "SIG")))
	}
	if near := secrets.Nearest(strings.TrimPrefix(strings.ToLower(name), "sig"), short); near != "" {
		return "; the nearest is SIG" + strings.ToUpper(near)
	}
	return ""
}

// parseOptionalSignal reads the signal of a flag that may be empty; 0 is none.
func parseOptionalSignal(given Given, flag, name string) (supervisor.Signal, error) {
	if name == "" {
		return 0, nil
	}
	signals, err := parseSignals(given, flag, []string{name})
	if err != nil {
		return 0, err
	}
	return signals[0], nil
}

// parseRewrites reads FROM:TO pairs; TO 0 drops the signal.
func parseRewrites(given Given, pairs []string) (map[supervisor.Signal]supervisor.Signal, error) {
	rewrites := make(map[supervisor.Signal]supervisor.Signal, len(pairs))
	for _, pair := range pairs {
		from, to, _ := strings.Cut(pair, ":")
		if from == "" || to == "" {
			return nil, given.Wrongf("signal-rewrite", " %q: want FROM:TO, as in TERM:QUIT; TO 0 drops the signal", pair)
		}
		if to == "0" {
			to = ""
		}
		source, err := parseOptionalSignal(given, "signal-rewrite", from)
		if err != nil {
			return nil, err
		}
		if rewrites[source], err = parseOptionalSignal(given, "signal-rewrite", to); err != nil {
			return nil, err
		}
	}
	return rewrites, nil
}

// parseRemaps reads FROM[:TO] pairs of exit codes.
func parseRemaps(given Given, pairs []string) (map[int]int, error) {
	remaps := make(map[int]int, len(pairs))
	for _, pair := range pairs {
		from, to, ok := strings.Cut(pair, ":")
		if !ok {
			to = "0"
		}
		source, err1 := strconv.Atoi(from)
		target, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || source < 0 || source > maxExitCode || target < 0 || target > maxExitCode {
			return nil, given.Wrongf("exit-remap", " %q: want FROM or FROM:TO, codes from 0 to %d", pair, maxExitCode)
		}
		remaps[source] = target
	}
	return remaps, nil
}
