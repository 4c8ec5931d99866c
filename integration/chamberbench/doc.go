// Command chamberbench measures what a boot costs beside chamber's exec, in one session on one in-memory store. Runs
// alternate between the programs, so that whatever else the machine does meets all alike. Chamber is not part of this
// repository: build it from its own and name the program.
//
//	make bench-boot CHAMBER_BINARY=/path/to/chamber
package main
