package boot

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// TestMeaning: an error has the kind and the code of its outermost known type, wherever that is in its chain.
func TestMeaning(t *testing.T) {
	t.Parallel()
	missing := &supervisor.ExecError{Path: "/agent", Code: 127, Err: errors.New("no such file")}
	unsupported := fmt.Errorf("run as uid 7: %w", supervisor.ErrUnsupported)
	denied := &secrets.Error{Kind: secrets.Denied, Code: "ssm-access-denied"}
	for _, test := range []struct {
		err  error
		kind Kind
		code string
	}{
		{nil, None, ""},
		{errors.New("unknown"), Bug, "bug"},
		{&supervisor.StopError{Signal: 15}, Stopped, "stopped"},
		{denied, Denied, "ssm-access-denied"},
		{&configgen.Error{Kind: configgen.Usage, Problems: []configgen.Problem{{Code: "set-secret"}, {Code: "set-fact"}}}, Usage, "set-secret"},
		{&configgen.Error{Kind: configgen.Invalid}, Invalid, "bug"},
		{&fileset.WriteError{Path: "/x", Err: errors.New("read-only")}, CannotWrite, (&fileset.WriteError{Err: errors.New("read-only")}).Code()},
		{unsupported, Usage, "usage"},
		{&supervisor.ExecError{Path: "/agent", Code: 126, Err: unsupported}, Usage, "usage"},
		{&supervisor.SetupError{Step: "x", Err: unsupported}, Usage, "usage"},
		{&supervisor.SetupError{Step: "x", Err: missing}, SetupFailed, "setup-failed"},
		{&supervisor.SetupError{Step: "x", Err: &supervisor.SizeError{}}, SetupFailed, "setup-failed"},
		{&supervisor.ExecError{Path: "/agent", Code: 126, Err: &supervisor.SizeError{}}, CannotExecute, codeTooLarge},
		{missing, NotFound, "command-not-found"},
		{&supervisor.ExecError{Path: "/agent", Code: 126, Err: errors.New("no")}, CannotExecute, "command-not-executable"},
		{&supervisor.IdentityError{}, CannotExecute, codeUser},
		{&supervisor.SurvivorsError{}, Survivors, "processes-survive"},
		{&supervisor.GaveUpError{}, CrashLoop, "crash-loop"},
		{Usagef("no"), Usage, "usage"},
		{Usagef("no: %w", denied), Usage, "ssm-access-denied"},
		{ownError(Unavailable, codeHangs, "it hangs"), Unavailable, codeHangs},
		{&Error{Kind: Unavailable, Err: missing}, Unavailable, "command-not-found"},
	} {
		for _, err := range []error{test.err, fmt.Errorf("do it: %w", test.err)} {
			if test.err == nil {
				err = nil
			}
			if kind, code := KindOf(err), CodeOf(err); kind != test.kind || code != test.code {
				t.Errorf("%T %v: kind %q, code %q; want %q, %q", test.err, err, kind, code, test.kind, test.code)
			}
		}
	}
}
