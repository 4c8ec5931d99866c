//go:build linux

// Command bench measures tswatch beside go-audit with its container extension, in one run, on one machine, in turns: in how
// many of the shortest processes of real containers each finds the container, and what it costs. docs/bench-watch.md says how
// to read it. go-audit is not part of this repository: build it from its own, and name the program.
//
//	make bench-watch GO_AUDIT_BINARY=/path/to/go-audit
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/binary"
)

// options are the command line.
type options struct {
	goAudit string
	rounds  int
	length  time.Duration
	write   string
}

func main() {
	var o options
	flag.StringVar(&o.goAudit, "go-audit", os.Getenv("GO_AUDIT_BINARY"), "go-audit's `program`")
	flag.IntVar(&o.rounds, "rounds", 2, "how often each program takes its turn at each load")
	flag.DurationVar(&o.length, "length", 10*time.Second, "of a load")
	flag.StringVar(&o.write, "write", "", "write the page to this `FILE`")
	flag.Parse()
	// What is started here is in sessions of its own: it is stopped in order, and the kernel's settings are put back, at
	// Ctrl-C, when the terminal goes, and when nobody reads the figures any more.
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := bench(ctx, o)
	release()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, o options) (err error) {
	if o.rounds < 1 || o.length < time.Second {
		return errors.New("one round and one second are the least")
	}
	if err := missing(o); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-watch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	kauditd, err := pidOf("kauditd") // where it is missing, the kernel has no audit
	if err != nil {
		return err
	}
	tswatch, err := binary.Build(dir, "tswatch")
	if err != nil {
		return err
	}
	lease, err := audit.Take(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lease.Return()) }()
	e, err := startEngine(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.stop()) }()
	containers, err := startContainers(ctx, e, 10)
	if err != nil {
		return err
	}
	m := &measurement{options: o, dir: dir, engine: e, containers: containers, lease: lease, kernel: kauditd}
	m.programs = []*program{goAudit(o.goAudit), tswatchProgram(tswatch)}
	if err := m.run(ctx); err != nil {
		return err
	}
	text := tables(m.samples)
	fmt.Print(text)
	if o.write == "" {
		return nil
	}
	return os.WriteFile(o.write, []byte(page(lookAround(o, tswatch, e), m.samples)), 0o644)
}

// missing says in one line what a run lacks.
func missing(o options) error {
	var lacks []string
	if os.Getuid() != 0 {
		lacks = append(lacks, "root")
	}
	for _, name := range []string{"auditctl", "dockerd", "docker"} {
		if _, err := exec.LookPath(name); err != nil {
			lacks = append(lacks, name)
		}
	}
	if _, err := os.Stat(o.goAudit); err != nil {
		lacks = append(lacks, "go-audit, built from github.com/slackhq/go-audit and named by GO_AUDIT_BINARY")
	}
	if lacks == nil {
		return nil
	}
	return fmt.Errorf("it needs %s", strings.Join(lacks, ", "))
}
