package main

import "github.com/tsboot/tsboot/cli"

// version and forwardSIGURG are set by the linker; see the Makefile.
//
// forwardSIGURG is "true" in a binary that is linked with the runtime's asynchronous preemption off. The Go runtime then
// sends itself no SIGURG: each one that arrives was sent by somebody and can be forwarded.
var (
	version       = ""
	forwardSIGURG = ""
)

func versionText() string { return cli.Version(version) }
