//go:build linux

// Command bench measures tsboot beside tini, dumb-init and catatonit, in one run, on one machine, in turns: what an
// init costs in the way of a signal, per orphan, at the start, and at rest. docs/bench-pid1.md says how to read it.
//
//	go run ./integration/pid1/bench [-write docs/bench-pid1.md] [-orphans 20000] [-rounds 5]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

// settings are how much is measured.
type settings struct {
	orphans, rounds, signals, starts int
}

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == roleEcho:
		echo()
	case len(os.Args) > 2 && os.Args[1] == roleRelay:
		relay(os.Args[2:])
	}
	testenv.Main()
	var s settings
	write := flag.String("write", "", "the document to write, with the method")
	flag.IntVar(&s.orphans, "orphans", 20000, "how many orphans a round reaps")
	flag.IntVar(&s.rounds, "rounds", 5, "how often each measurement takes its turn")
	flag.IntVar(&s.signals, "signals", 2000, "signals a round")
	flag.IntVar(&s.starts, "starts", 60, "starts a round")
	flag.Parse()
	if err := bench(s, *write); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(s settings, write string) error {
	if err := testenv.Available(); err != nil {
		return fmt.Errorf("private pid namespaces are needed: %w", err)
	}
	dir, err := os.MkdirTemp("", "bench-pid1-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	inits, err := inits(dir)
	if err != nil {
		return err
	}
	var rows []row
	for _, measure := range []func(settings, []*adapter.Adapter) ([]row, error){latency, start, orphans, rest} {
		r, err := measure(s, inits)
		if err != nil {
			return err
		}
		rows = append(rows, r...)
	}
	table := render(inits, rows)
	fmt.Print(table)
	if write == "" {
		return nil
	}
	return os.WriteFile(write, []byte(document(table, rows)), 0o644)
}

// inits are tsboot first, then whatever peers are installed.
func inits(dir string) ([]*adapter.Adapter, error) {
	path, err := binary.Build(dir, "tsboot")
	if err != nil {
		return nil, err
	}
	ours := adapter.Tsboot(path)
	ours.Env = append(ours.Env, "TSBOOT_RUN_DIR="+filepath.Join(dir, "run"))
	all := []*adapter.Adapter{ours}
	for _, p := range adapter.Peers() {
		if err := p.Find(); err != nil {
			fmt.Fprintf(os.Stderr, "without %s: %v\n", p.Name, err)
			continue
		}
		all = append(all, p)
	}
	return all, nil
}
