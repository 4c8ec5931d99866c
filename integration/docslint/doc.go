// Package docslint holds the pages of the documentation to what they say: links and anchors lead somewhere, targets of make
// exist, sentences are short, blocks of commands are run by a test. cmd/tsboot holds the commands and flags of tsboot in
// them to its own command line (pages_test.go).
package docslint
