package main

// stdoutAtStart is what the kernel said about descriptor 1 before the Go runtime ran: negative when it was closed.
//
// The runtime opens /dev/null in place of a closed standard file: a write to it succeeds and is lost, and it cannot be
// told from a /dev/null that was given on purpose. So the program has an entry of its own (start.go) that asks first and
// then jumps to the runtime's. The linker takes it by -E=main.start (see the Makefile). In a binary that is linked without
// the flag (go install) the answer stays 0, and a closed standard output is not noticed.
var stdoutAtStart int64

func stdoutIsClosed() bool { return stdoutAtStart < 0 }
