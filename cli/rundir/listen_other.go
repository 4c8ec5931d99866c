//go:build !linux

package rundir

import (
	"context"
	"errors"
	"net"
)

var errUnsupported = errors.New("the control socket needs Linux")

// A Listener has a run directory to itself and listens on the socket in it.
type Listener struct{ net.Listener }

// Listen needs Linux.
func (Program) Listen(context.Context, string) (*Listener, error) { return nil, errUnsupported }

// CheckPeer needs Linux.
func (Program) CheckPeer(*net.UnixConn) error { return errUnsupported }

// Gone needs Linux.
func Gone(*net.UnixConn) bool { return true }
