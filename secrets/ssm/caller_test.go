package ssm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"
	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

var (
	throttling = &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
	denial     = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	refusal    = &net.OpError{Op: "dial", Net: "tcp", Err: unix.ECONNREFUSED}
)

func aTask() task {
	return task{op: "read parameters", resource: "below /app", action: "ssm:GetParametersByPath", arn: "arn:aws:ssm:us-east-1:*:parameter/app", where: "region us-east-1"}
}

// in virtual time, with the policy that ships
func virtually(t *testing.T, timeout time.Duration, f func(t *testing.T, c *caller, ctx context.Context)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(DefaultPolicy(), hclog.NewNullLogger(), timeout)
		ctx, cancel := c.context(t.Context())
		defer cancel()
		f(t, c, ctx)
	})
}

func TestRetriesUntilTheDeadline(t *testing.T) {
	t.Parallel()
	virtually(t, 5*time.Minute, func(t *testing.T, c *caller, ctx context.Context) {
		tries := 0
		err := c.do(ctx, aTask(), func(context.Context) error { tries++; return throttling })
		want(t, err, CodeThrottled, secrets.Unavailable, "Rate exceeded", fmt.Sprintf("(%d tries in 4m5", tries))
		if d := time.Since(c.start); d < 295*time.Second || d > 5*time.Minute {
			t.Errorf("gave up after %v", d)
		}
		if tries < 15 || tries > 40 {
			t.Errorf("%d tries in five minutes", tries)
		}
	})
}

func TestNeverGivesUp(t *testing.T) {
	t.Parallel()
	virtually(t, 0, func(t *testing.T, c *caller, ctx context.Context) {
		err := c.do(ctx, aTask(), func(context.Context) error {
			if time.Since(c.start) < 12*time.Hour {
				return refusal
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A connection that hangs is given up; a slow one is given more time.
func TestHungConnectionLeavesTime(t *testing.T) {
	t.Parallel()
	virtually(t, 5*time.Minute, func(t *testing.T, c *caller, ctx context.Context) {
		var bounds []time.Duration
		err := c.do(ctx, aTask(), func(ctx context.Context) error {
			start := time.Now()
			slow := time.NewTimer(35 * time.Second)
			defer slow.Stop()
			select {
			case <-ctx.Done():
				bounds = append(bounds, time.Since(start))
				return ctx.Err()
			case <-slow.C:
				return nil
			}
		})
		if err != nil || fmt.Sprint(bounds) != "[10s 20s]" {
			t.Errorf("%v after attempts of %v", err, bounds)
		}
	})
}

// The first attempt may be the only one: its message still says who did not answer.
func TestDeadlineInTheFirstAttempt(t *testing.T) {
	t.Parallel()
	virtually(t, time.Second, func(t *testing.T, c *caller, ctx context.Context) {
		endpoint := environment{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials"}
		err := c.do(ctx, task{op: "get", resource: "AWS credentials"}, func(ctx context.Context) error {
			<-ctx.Done()
			return &credentialsError{endpoint, ctx.Err()}
		})
		want(t, err, CodeCredentialsEndpoint, secrets.Unavailable, "get AWS credentials", "http://169.254.170.23/v1/credentials: no answer in time")
	})
}

func TestNoIsNo(t *testing.T) {
	t.Parallel()
	virtually(t, 5*time.Minute, func(t *testing.T, c *caller, ctx context.Context) {
		tries := 0
		err := c.do(ctx, aTask(), func(context.Context) error { tries++; return denial })
		want(t, err, CodeAccessDenied, secrets.Denied, "allow ssm:GetParametersByPath on arn:aws:ssm:us-east-1:*:parameter/app ")
		if tries != 1 || time.Since(c.start) != 0 {
			t.Errorf("%d tries in %v", tries, time.Since(c.start))
		}
	})
}

// The wait ends with the boot, and the error is the boot's.
func TestStopDuringAWait(t *testing.T) {
	t.Parallel()
	virtually(t, 5*time.Minute, func(t *testing.T, c *caller, ctx context.Context) {
		stopped := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(3*time.Second, func() { cancel(stopped) })
		err := c.do(ctx, aTask(), func(context.Context) error { return throttling })
		var e *secrets.Error
		if !errors.Is(err, stopped) || errors.As(err, &e) || time.Since(c.start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(c.start))
		}
	})
}

// The second call has what the first left of the deadline, and no more.
func TestOneDeadlineForAllCalls(t *testing.T) {
	t.Parallel()
	virtually(t, time.Minute, func(t *testing.T, c *caller, ctx context.Context) {
		first := 0
		if err := c.do(ctx, aTask(), func(context.Context) error {
			if first++; first < 12 {
				return throttling
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		spent := time.Since(c.start)
		err := c.do(ctx, aTask(), func(context.Context) error { return refusal })
		want(t, err, CodeConnectRefused, secrets.Unavailable)
		if d := time.Since(c.start); spent < 20*time.Second || d < 59*time.Second || d > time.Minute {
			t.Errorf("first call %v, both %v", spent, d)
		}
	})
}

// TestWaitsAreCounted: the splay and the waits between tries are in the result.
func TestWaitsAreCounted(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.Put("/app/key", "v")
	s.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: 2})
	o := options(s)
	o.Splay = 10 * time.Millisecond
	result, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app"}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Retries != 2 || result.Waited <= 0 || result.Waited > result.Elapsed {
		t.Errorf("%d retries, waited %s of %s", result.Retries, result.Waited, result.Elapsed)
	}
}

func TestRetriesAreLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		c := newCaller(DefaultPolicy(), log.logger(), time.Minute)
		tries := 0
		err := c.do(t.Context(), aTask(), func(context.Context) error {
			if tries++; tries < 4 {
				return refusal
			}
			return nil
		})
		text := log.String()
		if err != nil || strings.Count(text, "[DEBUG] retrying") != 1 || strings.Count(text, "[INFO]  retrying") != 2 {
			t.Errorf("%v, log:\n%s", err, text)
		}
		for _, word := range []string{"action=ssm:GetParametersByPath", `resource="below /app"`, "attempt=2", "code=connect-refused", "delay=", `detail="connection refused"`} {
			if !strings.Contains(text, word) {
				t.Errorf("%s is not in the log:\n%s", word, text)
			}
		}
	})
}
