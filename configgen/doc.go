// Package configgen knows how an agent is configured: it reads profiles, lays
// parameters over their defaults, renders the agent's files and writes them.
//
// The order is Parse (or Builtin, Detect), Profile.Resolve, Resolved.Render,
// Apply; then Resolved.Setup, Run, Health and Environment give what is to be
// started. Everything up to Apply is pure: no clock, no logger, no environment
// of the process. A value is never evaluated: wherever it lands, in JSON, in an
// argument, in a text file, it stays one value.
//
// docs/profiles.md describes the profile file for the people who write one.
package configgen
