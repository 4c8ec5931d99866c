// Package faults holds the fault matrix: everything that Parameter Store, the network and the providers of
// credentials are known to do wrong, each against the program that ships, with the exit code, the number of calls and
// what the message must name. The tables are in *_test.go; a row is a line of the contract.
package faults
