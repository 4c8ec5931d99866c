//go:build linux

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

// running is one init at work as process 1 of a namespace.
type running struct {
	*testenv.Env
	init *testenv.Init
	null *os.File
}

// startInit starts an init over a child, with extra descriptors from 3 up.
func startInit(a *adapter.Adapter, child []string, extra ...*os.File) (*running, error) {
	e, err := testenv.New(testenv.PID1)
	if err != nil {
		return nil, err
	}
	return startIn(e, a, child, extra...)
}

// startOverHelper starts an init over a helper.
func startOverHelper(a *adapter.Adapter) (*running, *testenv.Helper, error) {
	e, err := testenv.New(testenv.PID1)
	if err != nil {
		return nil, nil, err
	}
	s, err := startIn(e, a, e.HelperArgv("child", ""))
	if err != nil {
		return nil, nil, err
	}
	p, err := e.Helper("child", patience)
	if err != nil {
		s.end()
	}
	return s, p, err
}

func startIn(e *testenv.Env, a *adapter.Adapter, child []string, extra ...*os.File) (*running, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	var set []adapter.Setting
	if a.Has(adapter.Group) { // the same for all: a signal goes to the child's group
		set = append(set, adapter.Set(adapter.Group))
	}
	argv, env, err := a.Argv(child, set...)
	if err != nil {
		return nil, err
	}
	s := &running{Env: e, null: null}
	s.init, err = e.Start(testenv.Launch{
		Argv: argv, Env: append([]string{"PATH=/usr/bin:/bin", "HOME=/"}, env...), Dir: "/",
		Stdin: null, Stdout: null, Stderr: null, Extra: extra,
	})
	if err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *running) end() {
	s.Close()
	_ = s.null.Close()
}

// processorTime is what all threads of the init have used.
func (s *running) processorTime() (time.Duration, error) {
	tasks, err := os.ReadDir(s.Path(s.init.Inner, "task"))
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, t := range tasks {
		text, err := s.File(s.init.Inner, "task/"+t.Name()+"/schedstat")
		if err != nil {
			return 0, err
		}
		fields := strings.Fields(text)
		if len(fields) == 0 {
			return 0, fmt.Errorf("read schedstat: it is empty")
		}
		ns, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ns)
	}
	return sum, nil
}
