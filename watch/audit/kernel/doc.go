// Package kernel is Linux audit as the running kernel offers it: the netlink socket from which records come, the
// settings, and the rules that say what is recorded. All of it is the machine's: what tswatch changes is taken back, and
// what is another's stays. On other systems than Linux every call gives one error.
package kernel
