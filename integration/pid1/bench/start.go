//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
)

// start measures from the start of the init to the first byte that its child, /bin/echo, writes.
func start(s settings, inits []*adapter.Adapter) ([]row, error) {
	took := make([][]time.Duration, len(inits)+1)
	for range s.rounds * s.starts {
		for n := range took {
			child := []string{"/bin/echo", "x"}
			argv, env := child, []string(nil)
			if n > 0 {
				var err error
				if argv, env, err = inits[n-1].Argv(child); err != nil {
					return nil, err
				}
			}
			d, err := firstByte(argv, env)
			if err != nil {
				return nil, fmt.Errorf("start %s: %w", argv[0], err)
			}
			took[n] = append(took[n], d)
		}
	}
	r := row{name: "start to the child's first output, no SSM", unit: "µs", floor: micro(quantile(took[0], 0.5))}
	for _, t := range took[1:] {
		r.values = append(r.values, micro(quantile(t, 0.5)))
	}
	return []row{r}, nil
}

func firstByte(argv, env []string) (time.Duration, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=/"}, env...)
	cmd.Stdout = writer
	began := time.Now()
	err = cmd.Start()
	_ = writer.Close()
	if err != nil {
		return 0, err
	}
	var b [1]byte
	_, err = reader.Read(b[:])
	d := time.Since(began)
	if werr := cmd.Wait(); err == nil {
		err = werr
	}
	return d, err
}
