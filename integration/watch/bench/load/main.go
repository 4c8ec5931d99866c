//go:build linux

// Command load is process 1 of a container that is measured. It starts the shortest program as often and as fast as it is
// ordered to, and says how long that took and what it cost. Each process has a name of its own as its argument.
//
//	load ORDERS ANSWERS PROGRAM    the first two are pipes that have names
package main

import (
	"bufio"
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	if err := serve(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(orders, answers, program string) error {
	in, err := os.OpenFile(orders, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(answers, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var rate, times int
		var name string
		if _, err := fmt.Sscan(lines.Text(), &rate, &times, &name); err != nil {
			return fmt.Errorf("read the order %q: %w", lines.Text(), err)
		}
		before, begin := spent(), time.Now()
		if err := start(program, name, rate, times); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, time.Since(begin).Nanoseconds(), spent()-before); err != nil {
			return err
		}
	}
	return lines.Err()
}

// start starts the program so many times, one after the other. The times are fixed: after a delay it catches up.
func start(program, name string, rate, times int) error {
	begin := time.Now()
	// The load is made by the clock: there is no condition to wait for.
	until := func(i int) { time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate)))) }
	defer until(times) // a load lasts as long as its rate says
	for i := range times {
		until(i)
		pid, err := syscall.ForkExec(program, []string{program, fmt.Sprintf("%s.%d", name, i)}, &syscall.ProcAttr{})
		if err != nil {
			return fmt.Errorf("start %s: %w", program, err)
		}
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
			return fmt.Errorf("wait for %d: %w", pid, err)
		}
	}
	return nil
}

// spent is the processor time of this process and of those that it started, in nanoseconds.
func spent() int64 {
	var sum int64
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err == nil {
			sum += u.Utime.Nano() + u.Stime.Nano()
		}
	}
	return sum
}
