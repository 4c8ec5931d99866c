// Package configgen turns a profile and parameters into the files, the commands
// and the environment of an agent.
//
// A boot calls it in this order: Parse, Builtin or Detect give a Profile;
// Profile.Resolve puts the parameters over its defaults; Resolved.Render makes the
// content of the files; Resolved.Apply writes them. Then Resolved.Setup, Run,
// Health and Environment give what is to be started. For tsboot check,
// Profile.Examine does the same without stopping at a fault, and writes nothing.
// Resolved.Export prints parameters for another program.
//
// Parse, Resolve, Render and Export look at nothing but their arguments: no
// clock, no logger, no environment of the process. Detect, Apply, Existing,
// Examination.Files and Setup look at files. A value is never evaluated: in JSON,
// in an argument, in a text file, it stays one value.
//
// docs/profiles.md describes the profile file for the people who write one.
package configgen
