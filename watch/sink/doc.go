// Package sink brings the lines of tswatch to its outputs: standard output, files, unix sockets and http(s) addresses,
// with a spool on disk where events wait for an address that does not answer.
//
// No output holds up another, and none holds up the reader of audit: each has a queue of its own, bounded by bytes. What
// does not fit is dropped and counted, alerts last. A replay waits instead. The order of the lines is kept in each output.
package sink
