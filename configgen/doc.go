// Package configgen turns a profile and parameters into the files, the commands
// and the environment of an agent.
//
// A boot calls it in this order: package profile gives a Profile; Resolve puts the
// parameters over its defaults; Resolved.Render makes the content of the files, by
// package format; Resolved.Apply has package fileset write them. Then
// Resolved.Setup, Run, Health and Environment give what is to be started. For
// tsboot check, Examine goes on after a fault, and Examination.Render and
// Preflight find out what a boot would write, and whether it could, without writing.
// Resolved.Export prints parameters for another program.
//
// Resolve, Examine, Render and Export look only at their arguments: no clock, no
// logger, no environment of the process. Apply, Existing, Preflight, Programs and
// Setup look at files. A value is never evaluated: in JSON,
// in an argument, in a text file, it stays one value.
package configgen
