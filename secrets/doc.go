// Package secrets has the words that the other packages share: a Parameter with
// its Value, which cannot be printed, a Layer of parameters, their names, the
// variables of an environment, the files of a directory of secrets, and the
// Error of a source. It builds on every operating system and asks nobody:
// package ssm reads from AWS.
package secrets
