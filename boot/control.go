package boot

import (
	"context"
	"errors"

	"github.com/tsboot/tsboot/cli/rundir"
	"github.com/tsboot/tsboot/control"
)

// codeHeld is the code of a run directory that another tsboot has.
const codeHeld = "run-dir-held"

// codeNotAsked is the code of a tsboot that does not answer those who ask it.
const codeNotAsked = "no-tsboot"

// AskError is the error of a command that asks a running tsboot.
func AskError(err error) error {
	if errors.Is(err, control.ErrOff) {
		return &Error{Kind: Usage, Err: err}
	}
	return &Error{Kind: Unavailable, Code: codeNotAsked, Err: err}
}

// ControlServer listens in the run directory. It is nil where there is none, and, with a warning, where the directory
// cannot be used: all else works without it. An error: another tsboot has the directory.
func (b *Boot) ControlServer(ctx context.Context) (*control.Server, error) {
	if b.options.RunDir == "" {
		return nil, nil
	}
	listener, err := control.Listen(ctx, b.options.RunDir)
	var held *rundir.HeldError
	switch {
	case errors.As(err, &held):
		return nil, &Error{Kind: CannotWrite, Code: codeHeld, Err: err}
	case ctx.Err() != nil: // a stop signal came
		return nil, nil
	case err != nil:
		b.log.Warn("no control socket", "path", b.options.RunDir, "error", err,
			"detail", `tsboot status, health and refresh will not find this tsboot: name a directory that can be written with --run-dir, or turn it off with --run-dir ""`)
		b.options.RunDir = "" // nobody can ask for a refresh
		return nil, nil
	}
	return control.NewServer(listener, b, b.log), nil
}
