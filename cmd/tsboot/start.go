//go:build linux && (amd64 || arm64)

package main

// start is the entry of the program, in assembly; nothing calls it. The linker takes it by -E=main.start (see the
// Makefile); a binary that is linked without the flag (go install) begins in the Go runtime. start does what must come
// before that:
//
//   - It sets endedEarly as the handler of SIGTERM, SIGINT and SIGHUP. Process 1 does not get a signal that has no
//     handler, and the runtime has none for the first part of its own start.
//   - It asks whether the standard output is open; see stdoutAtStart.
func start()

// endedEarly ends the process with 128 plus the number of the signal. The runtime's own handler comes to it, too:
// where nobody listens for a signal (os/signal), the runtime raises it again for the handler that it found at its start.
// Without that one it would end a process 1 with code 2. So a signal that comes at any moment before the supervisor
// listens ends tsboot with 128+n.
func endedEarly()

var _ = []func(){start, endedEarly}
