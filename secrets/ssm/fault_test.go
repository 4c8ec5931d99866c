package ssm

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// A faultCase is one line of the matrix: what the store does, and what Fetch
// makes of it.
type faultCase struct {
	name        string
	faults      []secretstest.Fault
	timeout     time.Duration // of the fetch; 30 s when 0
	calls       int           // of GetParametersByPath; 0: any number above one; -1: any
	code        string        // "" is success
	kind        secrets.Kind
	words       []string
	fastTimeout bool // limit of 300 ms for an attempt; 5 s otherwise, for a slow machine
}

func fault(kind string, times int) []secretstest.Fault {
	return []secretstest.Fault{{Kind: kind, Times: times}}
}

const (
	forever = secretstest.Forever
	soon    = time.Second
)

var faultCases = []faultCase{
	{name: "throttled then fine", faults: fault(secretstest.Throttle, 7), calls: 9},
	{name: "throttled on the second page", faults: []secretstest.Fault{{Kind: secretstest.Throttle, After: 1, Times: 3}}, calls: 5},
	{name: "throttled for ever", faults: fault(secretstest.Throttle, forever), timeout: soon, code: CodeThrottled, kind: secrets.Unavailable, words: []string{"Rate exceeded", "/app/prod", "us-east-1", "--splay"}},
	{name: "429", faults: fault(secretstest.TooMany, 2), calls: 4},
	{name: "429 for ever", faults: fault(secretstest.TooMany, forever), timeout: soon, code: CodeThrottled, kind: secrets.Unavailable},
	{name: "429 in HTML", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 429, Times: 2}}, calls: 4},
	{name: "500 JSON", faults: fault(secretstest.ServerError, 3), calls: 5},
	{name: "500 JSON for ever", faults: fault(secretstest.ServerError, forever), timeout: soon, code: CodeServerError, kind: secrets.Unavailable, words: []string{"HTTP 500", "InternalServerError"}},
	{name: "502 JSON", faults: []secretstest.Fault{{Kind: secretstest.ServerError, Status: 502}}, calls: 3},
	{name: "503 HTML", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 503, Times: 2}}, calls: 4},
	{name: "504 HTML", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 504}}, calls: 3},
	{name: "502 HTML for ever", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 502, Times: forever}}, timeout: soon, code: CodeServerError, kind: secrets.Unavailable, words: []string{"HTTP 502 Bad Gateway"}},
	{name: "500 without a body", faults: []secretstest.Fault{{Kind: secretstest.Raw, Status: 500}}, calls: 3},
	{name: "403 HTML", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 403, Times: forever}}, calls: 4, code: CodeBadResponse, kind: secrets.Unavailable, words: []string{"HTTP 403"}},
	{name: "truncated body", faults: fault(secretstest.Truncate, 2), calls: 4},
	{name: "truncated for ever", faults: fault(secretstest.Truncate, forever), timeout: soon, code: CodeConnection, kind: secrets.Unavailable},
	{name: "reset in the body", faults: fault(secretstest.Reset, 2), calls: 4},
	{name: "reset for ever", faults: fault(secretstest.Reset, forever), timeout: soon, code: CodeConnection, kind: secrets.Unavailable},
	{name: "closed before headers", faults: fault(secretstest.Close, 2), calls: 4},
	{name: "closed for ever", faults: fault(secretstest.Close, forever), timeout: soon, code: CodeConnection, kind: secrets.Unavailable},
	{name: "one connection hangs", fastTimeout: true, faults: fault(secretstest.Hang, 1)},
	{name: "hangs in the body", fastTimeout: true, faults: fault(secretstest.HangBody, 1)},
	{name: "hangs for ever", fastTimeout: true, faults: fault(secretstest.Hang, forever), timeout: soon, code: CodeTimeout, kind: secrets.Unavailable, words: []string{"no answer in time"}},
	{name: "slow first byte", faults: []secretstest.Fault{{Kind: secretstest.Slow, Delay: secretstest.Duration(100 * time.Millisecond)}}, calls: -1},
	{name: "slower than the first limit", fastTimeout: true, faults: []secretstest.Fault{{Kind: secretstest.Slow, Times: forever, Delay: secretstest.Duration(450 * time.Millisecond)}}},
	{name: "trickle", faults: []secretstest.Fault{{Kind: secretstest.Trickle, Delay: secretstest.Duration(120 * time.Millisecond)}}, calls: -1},
	{name: "slow 503", faults: []secretstest.Fault{{Kind: secretstest.SlowError, Status: 503, Delay: secretstest.Duration(20 * time.Millisecond)}}, calls: 3},
	{name: "empty pages with tokens", faults: []secretstest.Fault{{Kind: secretstest.EmptyPage, After: 1}}, calls: 3},
	{name: "empty first page", faults: fault(secretstest.EmptyPage, 1), calls: 3},
	{name: "the same token again", faults: []secretstest.Fault{{Kind: secretstest.RepeatToken, Times: forever}}, calls: 2, code: CodeEndlessPagination, kind: secrets.Unavailable},
	{name: "endless empty pages", faults: fault(secretstest.EmptyPage, forever), calls: maxEmptyPages + 1, code: CodeEndlessPagination, kind: secrets.Unavailable},
	{name: "empty token", faults: fault(secretstest.EmptyToken, forever), calls: 2},
	{name: "one parameter on two pages", faults: []secretstest.Fault{{Kind: secretstest.DuplicateName, After: 1}}, calls: 2},
	{name: "unknown fields", faults: fault(secretstest.UnknownFields, forever), calls: 2},
	{name: "unknown type", faults: fault(secretstest.UnknownType, forever), calls: 2},
	{name: "missing value once", faults: fault(secretstest.MissingValue, 1), calls: 3},
	{name: "missing value", faults: fault(secretstest.MissingValue, forever), calls: 4, code: CodeBadResponse, kind: secrets.Unavailable, words: []string{"/app/prod/p00 without a value"}},
	{name: "missing name", faults: fault(secretstest.MissingName, forever), calls: 4, code: CodeBadResponse, kind: secrets.Unavailable},
	{name: "wrong content type", faults: fault(secretstest.WrongContent, forever), calls: 2},
	{name: "captive portal", faults: fault(secretstest.NotJSON, forever), calls: 4, code: CodeBadResponse, kind: secrets.Unavailable},
	{name: "nothing at all", faults: fault(secretstest.NoBody, forever), calls: 4, code: CodeBadResponse, kind: secrets.Unavailable},
	{name: "cut JSON", faults: []secretstest.Fault{{Kind: secretstest.Raw, Body: `{"Parameters":[{"Name":"/a`, Times: 2}}, calls: 4},
	{name: "wrong types", faults: []secretstest.Fault{{Kind: secretstest.Raw, Body: `{"Parameters":"` + canary + `"}`, Times: forever}}, calls: 4, code: CodeBadResponse, kind: secrets.Unavailable},
	{name: "access denied", faults: fault(secretstest.AccessDenied, forever), calls: 1, code: CodeAccessDenied, kind: secrets.Denied, words: []string{"allow ssm:GetParametersByPath on arn:aws:ssm:us-east-1:111122223333:parameter/app/prod ", "assumed-role/task"}},
	{name: "access denied on the second page", faults: []secretstest.Fault{{Kind: secretstest.AccessDenied, After: 1}}, calls: 2, code: CodeAccessDenied, kind: secrets.Denied},
	{name: "kms access denied", faults: fault(secretstest.KMSAccessDenied, forever), calls: 1, code: CodeKMSAccessDenied, kind: secrets.Denied, words: []string{"kms:Decrypt"}},
	{name: "kms denied in IAM's words", faults: []secretstest.Fault{{Kind: secretstest.Custom, Code: "AccessDeniedException", Message: "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:1:key/k because no identity-based policy allows the kms:Decrypt action"}}, calls: 1, code: CodeKMSAccessDenied, kind: secrets.Denied, words: []string{"allow kms:Decrypt on arn:aws:kms:us-east-1:1:key/k "}},
	{name: "key disabled", faults: fault(secretstest.KMSKeyDisabled, forever), calls: 1, code: CodeKMSDisabled, kind: secrets.Denied, words: []string{"arn:aws:kms"}},
	{name: "key pending deletion", faults: fault(secretstest.KMSPendingDeletion, forever), calls: 1, code: CodeKMSPendingDeletion, kind: secrets.Denied},
	{name: "key not found", faults: fault(secretstest.KMSKeyNotFound, forever), calls: 1, code: CodeKMSNotFound, kind: secrets.Denied},
	{name: "key invalid", faults: fault(secretstest.KMSInvalidKeyID, forever), calls: 1, code: CodeKMSInvalid, kind: secrets.Denied},
	{name: "invalid next token once", faults: []secretstest.Fault{{Kind: secretstest.InvalidNextToken, After: 1}}, calls: 4},
	{name: "invalid next token", faults: []secretstest.Fault{{Kind: secretstest.InvalidNextToken, Match: "NextToken", Times: forever}}, calls: 6, code: CodeInvalidNextToken, kind: secrets.Unavailable},
	{name: "expired static credentials", faults: fault(secretstest.ExpiredToken, forever), calls: 1, code: CodeExpiredToken, kind: secrets.Denied},
	{name: "unrecognized client", faults: fault(secretstest.UnrecognizedClient, forever), calls: 1, code: CodeInvalidToken, kind: secrets.Denied},
	{name: "invalid client token", faults: fault(secretstest.InvalidClientToken, forever), calls: 1, code: CodeInvalidToken, kind: secrets.Denied},
	{name: "missing token", faults: fault(secretstest.MissingToken, forever), calls: 1, code: CodeInvalidToken, kind: secrets.Denied},
	{name: "bad signature", faults: fault(secretstest.InvalidSignature, forever), calls: 1, code: CodeBadSignature, kind: secrets.Denied, words: []string{"AWS_SECRET_ACCESS_KEY"}},
	{name: "clock skew once", faults: fault(secretstest.ClockSkew, 1), calls: 3},
	{name: "clock skew", faults: fault(secretstest.ClockSkew, forever), calls: 3, code: CodeClockSkew, kind: secrets.Denied, words: []string{"clock"}},
	{name: "validation", faults: fault(secretstest.Validation, forever), calls: 1, code: CodeValidation, kind: secrets.Usage},
	{name: "opt-in required", faults: fault(secretstest.OptInRequired, forever), calls: 1, code: CodeRefused, kind: secrets.Denied, words: []string{"OptInRequired"}},
	{name: "unknown operation", faults: fault(secretstest.UnknownOperation, forever), calls: 1, code: CodeRefused, kind: secrets.Denied},
	{name: "a new refusal", faults: []secretstest.Fault{{Kind: secretstest.Custom, Code: "BrandNewException", Message: "no\nway\x00"}}, calls: 1, code: CodeRefused, kind: secrets.Denied, words: []string{"BrandNewException: no way"}},
	{name: "request timeout", faults: []secretstest.Fault{{Kind: secretstest.Custom, Code: "RequestTimeout", Message: "slow", Times: 2}}, calls: 4},
	{name: "service unavailable as 400", faults: []secretstest.Fault{{Kind: secretstest.Custom, Code: "ServiceUnavailableException", Times: 2}}, calls: 4},
	{name: "a mixture", faults: []secretstest.Fault{{Kind: secretstest.Throttle, Times: 2}, {Kind: secretstest.HTML}, {Kind: secretstest.Reset}, {Kind: secretstest.Close}, {Kind: secretstest.EmptyPage}, {Kind: secretstest.ServerError, Times: 3}}, calls: 11},
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, test := range faultCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := store(t)
			for i := range 12 {
				s.Put(fmt.Sprintf("/app/prod/p%02d", i), fmt.Sprintf("%s-%d", canary, i))
			}
			s.Script(test.faults...)
			o := options(s)
			if !test.fastTimeout {
				o.policy.AttemptMin = 5 * time.Second
			}
			if test.timeout > 0 {
				o.Timeout = test.timeout
			}
			var log logged
			o.Logger = log.logger()
			start := time.Now()
			result, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app/prod/"}})
			if late := time.Since(start) - o.Timeout; late > 5*time.Second {
				t.Errorf("%v later than its deadline", late)
			}
			test.verify(t, s, result, err)
			check(t, "the log", log.String(), fmt.Sprintf("%v %+v", err, err))
		})
	}
}

func (test *faultCase) verify(t *testing.T, s *secretstest.Server, result *Result, err error) {
	t.Helper()
	calls := len(s.Calls("GetParametersByPath"))
	if test.calls > 0 && calls != test.calls {
		t.Errorf("%d calls, want %d", calls, test.calls)
	}
	if test.calls == 0 && calls < 2 {
		t.Errorf("%d calls: nothing was retried", calls)
	}
	if test.code != "" {
		want(t, err, test.code, test.kind, test.words...)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if result.Calls != calls {
		t.Errorf("the result tells of %d calls, there were %d", result.Calls, calls)
	}
	got := flat(result.Layers)
	if n := strings.Count(got, canary); n != 12 || !strings.Contains(got, " p11="+canary+"-11") {
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
