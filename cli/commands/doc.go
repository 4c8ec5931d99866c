// Package commands makes the parts of a command tree that every program here has: the root, version, help, completion and
// the manual pages. No program is known here.
package commands
