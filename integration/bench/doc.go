// Command bench measures the built binary from outside, on one in-memory store. It compares the start of an agent below
// tsboot with chamber's exec and with the smallest program that makes the same SDK call; runs alternate between the
// programs, so whatever else the machine does meets all of them alike. Its benchmarks, which need no chamber, count the
// SSM calls of a boot. Chamber is not part of this repository: build it from its own and name the program.
//
//	make bench
//	make bench-boot CHAMBER_BINARY=/path/to/chamber
package main
