// Package cli is what the programs of this module share at their command line: a log that never blocks its caller, and
// environment variables that stand for flags, with messages that name what gave a value. It knows no program: the name
// of the program, and with it the prefix of its variables, is given by the caller.
package cli
