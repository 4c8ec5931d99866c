package boot

import (
	"cmp"
	"errors"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// A meaning is what an error is to an orchestrator and to the catalogue. An empty code is that of the kind.
type meaning struct {
	kind Kind
	code string
}

// meanings are the types of errors. The first one that is in an error's chain counts, so a type stands before those that
// may be its cause. *Error is not among them: it gives any cause another meaning.
var meanings = []func(error) (meaning, bool){
	of(func(*supervisor.StopError) meaning { return meaning{kind: Stopped} }),
	of(func(e *secrets.Error) meaning { return meaning{Kind(e.Kind), e.Code} }),
	of(func(e *configgen.Error) meaning { return meaning{Kind(e.Kind), firstCode(e)} }),
	of(func(e *fileset.WriteError) meaning { return meaning{CannotWrite, e.Code()} }),
	where(supervisor.IsShortage, meaning{Unavailable, "no-resources"}),
	where(func(err error) bool { return errors.Is(err, supervisor.ErrUnsupported) }, meaning{kind: Usage}),
	of(func(*supervisor.SetupError) meaning { return meaning{kind: SetupFailed} }),
	of(func(*supervisor.SizeError) meaning { return meaning{CannotExecute, codeTooLarge} }),
	of(meaningOfIdentity),
	of(meaningOfExec),
	of(func(*supervisor.SurvivorsError) meaning { return meaning{kind: Survivors} }),
	of(func(*supervisor.GaveUpError) meaning { return meaning{kind: CrashLoop} }),
}

// of is the meaning of errors of one type.
func of[E error](is func(E) meaning) func(error) (meaning, bool) {
	return func(err error) (meaning, bool) {
		var e E
		if !errors.As(err, &e) {
			return meaning{}, false
		}
		return is(e), true
	}
}

// where is one meaning of all errors that a function knows.
func where(known func(error) bool, is meaning) func(error) (meaning, bool) {
	return func(err error) (meaning, bool) { return is, known(err) }
}

func firstCode(err *configgen.Error) string {
	if len(err.Problems) == 0 {
		return ""
	}
	return err.Problems[0].Code
}

func meaningOfIdentity(err *supervisor.IdentityError) meaning {
	if err.OnlyFiles() {
		return meaning{CannotWrite, codeUser}
	}
	return meaning{CannotExecute, codeUser}
}

func meaningOfExec(err *supervisor.ExecError) meaning {
	if err.NotFound() {
		return meaning{kind: NotFound}
	}
	return meaning{kind: CannotExecute}
}

// meaningOf is the meaning of any error, nil too. An unknown error is a Bug.
func meaningOf(err error) meaning {
	if err == nil {
		return meaning{}
	}
	var own *Error
	isOwn := errors.As(err, &own)
	m := meaning{kind: Bug}
	if isOwn {
		m.kind = own.Kind
	}
	for _, known := range meanings {
		if is, ok := known(err); ok {
			m = is
			break
		}
	}
	if m.code == "" {
		m.code = codeOfKind(m.kind)
	}
	if isOwn {
		m = meaning{own.Kind, cmp.Or(own.Code, m.code)}
	}
	return m
}

// KindOf is the kind of an error that ended a boot or a command, None for nil.
func KindOf(err error) Kind { return meaningOf(err).kind }

// CodeOf is the code of an error in the catalogue: its own, or the code of its kind.
func CodeOf(err error) string { return meaningOf(err).code }
