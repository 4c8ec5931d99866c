// Package testenv runs an init binary with real processes in a private pid namespace and watches what it does to them.
//
// Every helper process is the running program itself, executed again: a program that uses this package calls [Main]
// before anything else. Helpers connect back to the environment's socket, report the signals that reach them and follow
// its orders, so a test never guesses from the clock. The kernel ends a namespace with its first process, and that one
// dies with the program that started it: nothing an init leaves behind outlives its environment.
//
// Two modes: the init is process 1 of the namespace, or it is the plain child of a reaper that is process 1, beside
// witnesses that no signal may reach.
package testenv
