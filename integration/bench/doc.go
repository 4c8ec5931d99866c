// Package bench measures the built binary from outside: how many calls a boot makes, and how much later an agent starts
// than below a program that does nothing but the same SDK call. Run it with make bench.
package bench
