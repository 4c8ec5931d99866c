// Package process is what tsboot asks of the kernel: it starts processes and
// waits for them, lists what is below this process, sends signals, and reads
// /proc. It knows nothing of agents, plans and restarts: that is package
// supervisor.
//
// Nothing here has a goroutine that decides anything. All functions that start,
// wait for or reap a child are called by one thread, the supervisor's loop.
package process
