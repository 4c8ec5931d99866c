// Package sink is where tswatch's lines go: standard output, a file. It knows no event: a line is bytes, and an alert is a
// line that matters more.
package sink
