// Package container says from which container a process is: by its cgroups, by its parent, by what the container runtimes
// say. It knows no audit record.
package container
