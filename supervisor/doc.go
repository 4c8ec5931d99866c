// Package supervisor is the part of tsboot that the kernel, Docker and ECS
// talk to: it takes over the process's signals, adopts and reaps orphans, runs
// the profile's setup steps, starts the agent, forwards signals to it, restarts
// it, and at the end leaves nothing running.
//
// It works the same as PID 1 of a container and as a plain process in a pid
// namespace shared with the host (pidMode host or task): it becomes a child
// subreaper, looks only at what is below it, and never signals anything else.
//
// One goroutine, the loop, owns all state. It runs on the process's main thread,
// starts every process there, and is the only one that waits for children.
// Everything that happens (a signal, a child's end, a timer, a request) is an
// event that the loop hands to a switch over the phase it is in. Nothing in the
// program may use os/exec or os.Process beside it.
//
// A program runs in Main, calls New before anything slow, runs the Actor in its
// run group, and calls Output and Supervise from another actor.
//
// What asks the kernel is package process; the state machine reaches it by the
// interface kernel, so that a test can drive the machine without processes.
package supervisor
