package ssm

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
	"github.com/tsboot/tsboot/secrets/secretstest/faulttable"
)

const (
	forever = secretstest.Forever
	soon    = time.Second
)

// TestFaults holds Fetch to the table that the tests of the program take rows from.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, row := range faulttable.Rows() {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			s := store(t)
			faulttable.Fill(s)
			s.Script(row.Faults...)
			o := options(s)
			if row.ShortTry {
				o.policy = hasty()
			}
			if row.Limit > 0 {
				o.Timeout = row.Limit
			}
			var log logged
			o.Logger = log.logger()
			start := time.Now()
			result, err := fetchRequest(t.Context(), o, Request{Paths: []string{faulttable.Path + "/"}})
			if late := time.Since(start) - o.Timeout; late > 5*time.Second {
				t.Errorf("%v later than its deadline", late)
			}
			verifyRow(t, row, s, result, err)
			check(t, "the log", log.String(), fmt.Sprintf("%v %+v", err, err))
		})
	}
}

func verifyRow(t *testing.T, row faulttable.Row, s *secretstest.Server, result *Result, err error) {
	t.Helper()
	calls := len(s.Calls("GetParametersByPath"))
	if row.Calls > 0 && calls != row.Calls {
		t.Errorf("%d calls, want %d", calls, row.Calls)
	}
	if row.Calls == 0 && calls < 2 {
		t.Errorf("%d calls: nothing was retried", calls)
	}
	if row.Kind != "" {
		want(t, err, row.Code, secrets.Kind(row.Kind), row.Words...)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if result.Calls != calls {
		t.Errorf("the result has %d calls, there were %d", result.Calls, calls)
	}
	got := flat(result.Layers)
	if n := strings.Count(got, canary); n != faulttable.Parameters || !strings.Contains(got, " p11="+canary+"-11") {
		t.Errorf("%d parameters: %s", n, got)
	}
}

// A fetch that nobody needs any more ends at once, whatever it waits for.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{secretstest.Hang, secretstest.HangBody, secretstest.Throttle} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := store(t)
			s.Script(secretstest.Fault{Kind: kind, Times: forever})
			o := options(s)
			policy := DefaultPolicy()
			o.policy, o.Timeout = &policy, 0
			stopped := fmt.Errorf("stopped by SIGTERM")
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				_ = s.Await(ctx, 1)
				cancel(stopped)
			}()
			start := time.Now()
			_, err := fetchRequest(ctx, o, Request{Paths: []string{"/app/prod"}})
			if err == nil || !strings.Contains(err.Error(), stopped.Error()) {
				t.Errorf("error %v, want the cause of the stop", err)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("stopped after %v", d)
			}
		})
	}
}
