// Package container says from which container a process is: by its cgroups, by its parent, by what the container runtimes
// say. It knows no audit record.
//
// A Tracker answers at once, from /proc and from what it remembers. It never guesses:
//
//   - A container is what a path of the process's own cgroups names, the innermost (ParseCgroup).
//   - A process that lives is where its cgroups say (attributeAlive).
//   - One that is gone has the place of its parent, with exceptions (attributeGone).
//   - A pid is a process only together with its start. What started after the event is another process, and what is
//     remembered of a pid counts only as long as the kernel cannot have given out all others in between (recall).
package container
