// Package capability says what the kernel lets this process do, by
// capabilities(7). It is a room of its own because both the writer of files and
// the starter of processes ask, and neither knows the other.
package capability
