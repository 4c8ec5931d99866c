package main

// stdoutAtStart is what the kernel said about descriptor 1 before the Go runtime ran: negative when it was closed.
//
// The runtime opens /dev/null in place of a closed standard file: a write to it succeeds and is lost. So the program has an entry of
// its own (start_linux_*.s) that asks first and then jumps to the runtime's, as tsboot has (cmd/tsboot/output.go). The linker takes it by
// -E=main.start (ldflags_linux). In a binary that is linked without the flag (go install) the answer stays 0.
var stdoutAtStart int64

func stdoutIsClosed() bool { return stdoutAtStart < 0 }
