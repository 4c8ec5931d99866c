//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
)

const (
	warmUp = 5 // processes of each container before it counts: the containers are known then
	quiet  = 700 * time.Millisecond
)

// measurement is a run.
type measurement struct {
	options
	dir        string
	engine     *engine
	containers []*container
	lease      *audit.Lease
	kernel     int // the pid of kauditd
	programs   []*program
	samples    []sample
	orders     int
}

// run gives each program its turn at each load, the order reversed from round to round; and first the load runs alone.
func (m *measurement) run(ctx context.Context) error {
	for _, l := range loads {
		if err := m.once(ctx, l, nil); err != nil {
			return err
		}
		for round := range m.rounds {
			for i := range m.programs {
				if round%2 == 1 {
					i = len(m.programs) - 1 - i
				}
				if err := m.once(ctx, l, m.programs[i]); err != nil {
					return fmt.Errorf("%s with %s: %w", m.programs[i].name, l, err)
				}
			}
		}
	}
	return nil
}

// once measures one program at one load. Without a program only the load runs.
func (m *measurement) once(ctx context.Context, l load, p *program) error {
	dir, err := os.MkdirTemp(m.dir, "once-")
	if err != nil {
		return err
	}
	var s sample
	if p == nil {
		s, err = m.measure(ctx, l, nil)
	} else {
		s, err = m.with(ctx, l, p, dir)
		err = errors.Join(err, m.lease.Reset())
	}
	if err != nil {
		return err
	}
	m.samples = append(m.samples, s)
	fmt.Fprintln(os.Stderr, s)
	return os.RemoveAll(dir)
}

// reader is a program at work.
type reader struct {
	*program
	*process
	output string
}

// with starts the program, lets it see each container, measures and stops it.
func (m *measurement) with(ctx context.Context, l load, p *program, dir string) (s sample, err error) {
	cmd, err := p.command(dir, m.engine)
	if err != nil {
		return s, err
	}
	r := &reader{program: p, output: filepath.Join(dir, "output")}
	log := filepath.Join(dir, "log")
	if r.process, err = start(cmd, r.output, log); err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, r.stop(), p.check(log)) }()
	if !r.await(ctx, func() bool { return p.ready(dir, log) }) {
		return s, errors.Join(fmt.Errorf("it does not begin; its log ends with\n%s", tail(log)), ctx.Err())
	}
	if err := m.warm(ctx, r); err != nil {
		return s, err
	}
	return m.measure(ctx, l, r)
}

// warm has each container start some processes, and waits until the program has named each with its image.
func (m *measurement) warm(ctx context.Context, r *reader) error {
	jobs, err := m.order(m.containers, 100, warmUp)
	if err != nil {
		return err
	}
	if _, err := answers(ctx, m.containers, patience); err != nil {
		return err
	}
	var events []seen
	all := func() bool {
		events, err = r.events()
		return err != nil || count(jobs, events).missing == 0
	}
	if !r.await(ctx, all) || err != nil {
		return errors.Join(fmt.Errorf("of %d processes before the load %d are missing", warmUp*len(jobs), count(jobs, events).missing), err, ctx.Err())
	}
	named := map[string]bool{}
	for _, e := range events {
		named[e.id] = named[e.id] || e.image == image
	}
	for _, j := range jobs {
		if !named[j.id] {
			return fmt.Errorf("it does not name the image of container %.12s; its log ends with\n%s", j.id, tail(r.log))
		}
	}
	return nil
}

// events are what the program has written so far.
func (r *reader) events() ([]seen, error) {
	text, err := os.ReadFile(r.output)
	return readAll(text, r.read), err
}

// measure runs the load, and reads the clocks before it and when the program has nothing more to write.
func (m *measurement) measure(ctx context.Context, l load, r *reader) (sample, error) {
	s := sample{program: nobody, load: l}
	if r != nil {
		s.program = r.name
	}
	before, err := m.clocks(r)
	if err != nil {
		return s, err
	}
	used := m.containers[:l.containers]
	jobs, err := m.order(used, l.rate, int(m.length.Seconds()*float64(l.rate)))
	if err != nil {
		return s, err
	}
	reports, err := answers(ctx, used, m.length+patience)
	if err != nil {
		return s, err
	}
	for _, report := range reports {
		s.took, s.work = max(s.took, report.took), s.work+report.spent
	}
	if r != nil {
		if err := r.settle(ctx); err != nil {
			return s, err
		}
	}
	after, err := m.clocks(r)
	s.clocks = after.since(before)
	if err != nil || r == nil {
		return s, err
	}
	if s.peak, err = peak(r.pid()); err != nil {
		return s, err
	}
	events, err := r.events()
	s.tally = count(jobs, events)
	return s, err
}

// clocks reads the processor time of all that is measured.
func (m *measurement) clocks(r *reader) (c clocks, err error) {
	if r != nil {
		if c.own, err = spent(r.pid()); err != nil {
			return c, err
		}
	}
	if c.docker, err = m.engine.spent(); err != nil {
		return c, err
	}
	c.kernel, err = spent(m.kernel)
	return c, err
}

// settle waits until the program has written nothing for a while.
func (r *reader) settle(ctx context.Context) error {
	size, since := int64(-1), time.Now()
	silent := func() bool {
		info, err := os.Stat(r.output)
		if err == nil && info.Size() != size {
			size, since = info.Size(), time.Now()
		}
		return time.Since(since) > quiet
	}
	if !r.await(ctx, silent) {
		return errors.Join(errors.New("it has ended, or does not come to rest"), ctx.Err())
	}
	return nil
}

// order has each container start so many processes, so many a second.
func (m *measurement) order(containers []*container, rate, times int) ([]job, error) {
	var jobs []job
	for _, c := range containers {
		m.orders++
		j := job{name: fmt.Sprintf("p%d", m.orders), times: times, id: c.id}
		if err := c.order(rate, times, j.name); err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// answers waits until all have done what they were ordered to.
func answers(ctx context.Context, containers []*container, limit time.Duration) ([]report, error) {
	var all []report
	for _, c := range containers {
		r, err := c.answer(ctx, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}
