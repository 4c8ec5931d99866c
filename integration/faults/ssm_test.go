package faults

import (
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
	"github.com/tsboot/tsboot/secrets/secretstest/faulttable"
)

// exitCodes are those of the contract for a fetch that failed.
var exitCodes = map[string]int{"": 0, string(secrets.Usage): 64, string(secrets.Unavailable): 69, string(secrets.Denied): 77, string(secrets.Invalid): 78}

// TestTable runs the marked rows of the table of faults, which secrets/ssm runs whole: kind, code and words must reach
// the exit code and the last line of the log.
func TestTable(t *testing.T) {
	t.Parallel()
	program := binary.Tsboot(t)
	count := 0
	for _, f := range faulttable.Rows() {
		if !f.Binary {
			continue
		}
		count++
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t, program)
			r := row{prepare: tablePath, faults: f.Faults, code: exitCodes[f.Kind], calls: exactly(f.Calls), says: append(f.Words, "["+f.Code+"]"), never: []string{faulttable.Value, "\x1b"}}
			if f.Limit > 0 { // with the times that ship, one second is not enough for a second try
				r.timeout = "4s"
			}
			if f.Calls == 0 {
				r.calls = between(3, 12)
			}
			e.play(r)
		})
	}
	if count < 12 {
		t.Errorf("only %d rows are for the program", count)
	}
}

// tablePath has below the path what the table expects, and nothing else.
func tablePath(e *env) {
	e.store.Delete("/app/prod/key")
	faulttable.Fill(e.store)
}

// ssmRows need the program: its log, its flags, its environment, or the times that ship.
func ssmRows() []row {
	return []row{
		{name: "healthy", calls: exactly(1), says: []string{"fetched parameters", "count=1", "calls=1", "region_source=AWS_REGION", "credentials=environment"}},
		{name: "three pages", prepare: manyPages, calls: exactly(3), says: []string{"fetched parameters", "count=25", "calls=3"}},
		{name: "throttled twice", faults: fault(secretstest.Throttle, 2), calls: exactly(3), says: []string{"retrying", "ssm:GetParametersByPath", "/app/prod", "Rate exceeded"}},
		{name: "by names, throttled", faults: fault(secretstest.Throttle, 1), args: []string{"--ssm-parameter", "key=/app/prod/key"}, calls: exactly(2), says: []string{"retrying", "ssm:GetParameters"}},
		{name: "a token that goes stale", prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.InvalidNextToken, After: 1}}, calls: exactly(5), says: []string{"reading the path again from its start"}},
		{name: "one parameter on two pages", prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.DuplicateName, After: 1}}, calls: exactly(3), says: []string{"fetched parameters", "count=25"}},
		{name: "one connection hangs", faults: fault(secretstest.Hang, 1), timeout: "6s", calls: exactly(2)},
		{name: "hangs for ever", faults: fault(secretstest.Hang, forever), timeout: "3s", code: 69, calls: between(1, 3), says: []string{"/app/prod", "no answer in time", "[timeout]"}},
		{name: "hangs in the body", faults: fault(secretstest.HangBody, 1), timeout: "6s", calls: exactly(2)},
		{name: "slow first byte", faults: []secretstest.Fault{{Kind: secretstest.Slow, Delay: ms(1000)}}, calls: exactly(1)},
		{name: "slow trickle", faults: []secretstest.Fault{{Kind: secretstest.Trickle, Delay: ms(1000)}}, calls: exactly(1)},
		{name: "denied by name", faults: fault(secretstest.AccessDenied, forever), args: []string{"--ssm-parameter", "/app/prod/key"}, code: 77, calls: exactly(1), says: []string{"allow ssm:GetParameters on arn:aws:ssm:us-east-1:111122223333:parameter/app/prod/key ", "[ssm-access-denied]"}},
		{name: "expired static credentials", faults: fault(secretstest.ExpiredToken, forever), code: 77, calls: exactly(1), says: []string{"AWS_SESSION_TOKEN", "credentials from environment", "/app/prod", "us-east-1", "[expired-token]"}},
	}
}
