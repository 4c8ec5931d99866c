// Package format writes values as text: the formats of files and exports, the
// escapes of text files, and the forms in which other programs may print a value. It
// is pure: a tree of values in, bytes or a Refusal out; no profile is known here.
package format
