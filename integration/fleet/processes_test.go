package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// A fleet of real processes, small enough for a laptop, against a store that lets few calls through.
const (
	processes    = 200
	perSecond    = 20
	fleetTimeout = 50 * time.Second
)

// TestProcesses boots 200 processes of the program that ships, all at once, against one store that lets 20 calls a
// second through: all boot, each with its parameter.
func TestProcesses(t *testing.T) {
	program := binary.Tsboot(t)
	server, err := secretstest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.Put("/fleet/key", "the-value")
	server.SetRate(perSecond, perSecond)

	took, failures := bootAll(t, program, server)
	for _, failure := range failures {
		t.Error(failure)
	}
	refused := 0
	for _, c := range server.Calls() {
		if c.Op != "GetParametersByPath" {
			t.Errorf("a call of %s", c.Op)
		}
	}
	if refused = len(server.Calls()) - processes; refused <= 0 {
		t.Errorf("%d calls: the store did not throttle", len(server.Calls()))
	}
	floor := float64(processes) / perSecond
	t.Logf("%d processes at %d calls a second: the first done after %.1f s, the last after %.1f s, %.2f floors; %.2f times the calls that are needed",
		processes, perSecond, took[0].Seconds(), took[len(took)-1].Seconds(), took[len(took)-1].Seconds()/floor, float64(refused+processes)/processes)
}

// bootAll starts every process and waits for all. It returns when each was done, in order.
func bootAll(t *testing.T, program string, server *secretstest.Server) (took []time.Duration, failures []error) {
	ctx, cancel := context.WithTimeout(t.Context(), fleetTimeout)
	defer cancel()
	begin := time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			err := bootOne(ctx, program, server)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(begin))
			if err != nil {
				failures = append(failures, err)
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	return took, failures
}

// bootOne is one host: its agent looks whether the parameter has come.
func bootOne(ctx context.Context, program string, server *secretstest.Server) error {
	cmd := exec.CommandContext(ctx, program, "exec", "--log-level", "error", "--ssm-path", "/fleet", "--", "sh", "-c", `[ "$KEY" = the-value ]`)
	cmd.Env = append(server.Env(), "PATH=/bin:/usr/bin", binary.NoSocket)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("not booted after %v: %w", fleetTimeout, errors.Join(err, ctx.Err()))
	}
	return fmt.Errorf("%w\n%s", err, out)
}
