package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/tsboot/tsboot/secrets/ssm"
)

// A client is what one host does about calls that are throttled.
type client interface {
	// throttled is told of the nth refusal in a row of one call, and of the time since the host started.
	throttled(n int, since time.Duration, random *rand.Rand) (wait time.Duration, again bool)
	// granted is told that a call went through.
	granted()
	// deadline is how long after its start the host gives up; 0: never.
	deadline() time.Duration
}

// A maker makes the client of one host.
type maker func() client

// tsboot is the policy that ships.
type tsboot struct {
	policy    ssm.Policy
	timeout   time.Duration
	congested time.Duration // when it was first throttled
	ever      bool
}

func newTsboot(timeout time.Duration) maker {
	return func() client { return &tsboot{policy: ssm.DefaultPolicy(), timeout: timeout} }
}

func (c *tsboot) throttled(n int, since time.Duration, random *rand.Rand) (time.Duration, bool) {
	if !c.ever {
		c.ever, c.congested = true, since
	}
	left := time.Duration(-1)
	if c.timeout > 0 {
		left = max(0, c.timeout-since)
	}
	return c.policy.Next(ssm.Failure{Class: ssm.Throttled, Count: n, Congested: since - c.congested, Left: left}, random.Float64())
}

func (c *tsboot) granted()                {}
func (c *tsboot) deadline() time.Duration { return c.timeout }

// errThrottled is ThrottlingException as the SDK's retryer sees it.
var errThrottled = &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}

// sdk is the standard retryer of the AWS SDK, used as its own middleware does: tokens are taken for a retry and come
// back with a success. Its jitter is drawn from the system.
type sdk struct {
	retryer *retry.Standard
	release func(error) error // the token of the try that is under way
}

func newSDK(tries int) maker {
	return func() client {
		c := &sdk{retryer: retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = tries })}
		c.begin()
		return c
	}
}

func (c *sdk) throttled(n int, _ time.Duration, _ *rand.Rand) (time.Duration, bool) {
	if c.release(errThrottled) != nil || n >= c.retryer.MaxAttempts() {
		return 0, false
	}
	token, err := c.retryer.GetRetryToken(context.Background(), errThrottled)
	if err != nil {
		return 0, false // the client's own bucket of retries is empty
	}
	c.release = token
	wait, err := c.retryer.RetryDelay(n, errThrottled)
	return wait, err == nil
}

func (c *sdk) granted() {
	_ = c.release(nil) // gives tokens back, which a bucket in memory cannot refuse
	c.begin()
}

// begin takes the token of the first try of a call, which the standard retryer always gives.
func (c *sdk) begin() {
	c.release, _ = c.retryer.GetAttemptToken(context.Background())
}

func (c *sdk) deadline() time.Duration { return 0 }
