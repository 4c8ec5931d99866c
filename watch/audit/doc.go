// Package audit is Linux audit as tswatch reads it: records, the events that they make, and the serials that are missing. It
// is pure: package kernel, below it, has the socket from which records come, and the rules. It knows no container.
package audit
