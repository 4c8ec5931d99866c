//go:build !linux

package control

import (
	"context"
	"errors"
	"net"
)

var errUnsupported = errors.New("the control socket needs Linux")

// A Listener has a run directory to itself and listens on the socket in it.
type Listener struct{ net.Listener }

// Listen needs Linux, as keeping an agent does.
func Listen(context.Context, string) (*Listener, error) { return nil, errUnsupported }

func checkPeer(*net.UnixConn) error { return errUnsupported }

func gone(*net.UnixConn) bool { return true }
