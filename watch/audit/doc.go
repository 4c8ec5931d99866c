// Package audit is Linux audit as tswatch reads it: records, the events they make, the netlink socket they come from, and
// the kernel's rules and settings. It knows no container.
package audit
