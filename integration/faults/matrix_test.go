package faults

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// The secret in the store of every row, and what the credentials hold: none of it may be in any output but the
// agent's own.
const (
	canary    = "s3cr3t-canary-value-8f1b"
	secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	roleKey   = "notasecretnotasecretnotasecretnotasecret" // of the credentials that the stand-ins give
)

// forever is a fault that never wears off.
const forever = secretstest.Forever

// A row is one fault.
type row struct {
	name    string
	faults  []secretstest.Fault
	prepare func(e *env)           // further, before tsboot starts
	env     []string               // added; %URL% is the store's address. "NAME" alone takes the variable away
	args    []string               // the flags; none: --ssm-path /app/prod
	timeout string                 // --fetch-timeout; none: 30s, far more than a row needs that is not about the deadline
	code    int                    // tsboot's, where the agent would end with 0
	calls   atLeastMost            // of Parameter Store
	other   map[string]atLeastMost // of the other services, by operation
	says    []string               // all in one line of the log: for a code but 0 the last one
	never   []string               // in no line
	check   func(t *testing.T, e *env)
}

// atLeastMost is a range; its zero value is no calls at all.
type atLeastMost struct{ least, most int }

func exactly(n int) atLeastMost           { return atLeastMost{n, n} }
func between(least, most int) atLeastMost { return atLeastMost{least, most} }

func (r atLeastMost) String() string {
	if r.least == r.most {
		return fmt.Sprint(r.least)
	}
	return fmt.Sprintf("%d to %d", r.least, r.most)
}

func (r atLeastMost) holds(n int) bool { return r.least <= n && n <= r.most }

// TestMain lets many rows wait at a time: most of them do nothing but wait for a deadline.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", "12"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func TestMatrix(t *testing.T) {
	program := binary.Tsboot(t)
	count := 0
	for _, table := range []struct {
		name string
		rows []row
	}{
		{"Parameter Store", ssmRows()},
		{"parameters", parameterRows()}, {"network", networkRows()},
		{"settings", settingRows()}, {"limits", limitRows()}, {"inputs", inputRows()}, {"container credentials", containerRows()}, {"other credentials", credentialRows()},
	} {
		count += len(table.rows)
		t.Run(table.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range table.rows {
				t.Run(r.name, func(t *testing.T) {
					t.Parallel()
					newEnv(t, program).play(r)
				})
			}
		})
	}
	if count < 40 {
		t.Errorf("only %d rows", count)
	}
}

// play boots tsboot once in the row's env and compares.
func (e *env) play(r row) {
	e.t.Helper()
	e.store.Put("/app/prod/key", canary)
	if r.prepare != nil {
		r.prepare(e)
	}
	e.store.Script(r.faults...)
	ran := e.boot(r)
	t := e.t
	if ran.code != r.code {
		t.Errorf("exit code %d, want %d", ran.code, r.code)
	}
	if r.code == 0 && ran.stdout != canary {
		t.Errorf("the agent's parameter is %q", ran.stdout)
	}
	e.compareCalls(r)
	if len(r.says) > 0 && !says(ran.stderr, r) {
		t.Errorf("no line says %q", r.says)
	}
	for _, word := range append([]string{canary, secretKey, roleKey}, r.never...) {
		if strings.Contains(ran.stderr, word) {
			t.Errorf("the log holds %q", word)
		}
	}
	if r.check != nil {
		r.check(t, e)
	}
	if t.Failed() {
		t.Logf("standard error:\n%s", ran.stderr)
	}
}

func (e *env) compareCalls(r row) {
	e.t.Helper()
	counts := map[string]int{}
	for _, c := range e.store.Calls() {
		counts[service(c.Op)]++
	}
	if n := counts[parameterStore]; !r.calls.holds(n) {
		e.t.Errorf("%d calls of Parameter Store, want %v", n, r.calls)
	}
	delete(counts, parameterStore)
	for op, want := range r.other {
		if n := counts[op]; !want.holds(n) {
			e.t.Errorf("%d calls of %s, want %v", n, op, want)
		}
		delete(counts, op)
	}
	for op, n := range counts {
		e.t.Errorf("%d calls of %s, which the row does not know", n, op)
	}
}

const parameterStore = "Parameter Store"

func service(op string) string {
	switch op {
	case secretstest.OpCredentials, secretstest.OpTask, secretstest.OpIMDS, secretstest.OpSTS:
		return op
	}
	return parameterStore
}

// says looks for the line that must name everything: the last one when tsboot ended with an error of its own.
func says(log string, r row) bool {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(log, `\"`, `"`)), "\n") // the log quotes what has spaces
	if r.code != 0 {
		lines = lines[len(lines)-1:]
	}
	for _, line := range lines {
		all := true
		for _, word := range r.says {
			all = all && strings.Contains(line, word)
		}
		if all {
			return true
		}
	}
	return false
}
