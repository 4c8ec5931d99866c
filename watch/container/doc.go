// Package container says from which container a process is: by its cgroups, by its parent, by what the container runtimes
// say. It knows no audit record.
//
// A Tracker answers at once, from /proc and from what it remembers. It never guesses:
//
//   - A container is what a path of the process's own cgroups names, the innermost. So is the host where no path
//     names one, but only of a process that lives: cgroup v1 shows "/" for one that exits.
//   - What is gone has the place of its parent. Of a runtime it has nothing: that starts processes in other places than
//     its own, and is known by its name, or by where its other children are. Nor does it have the host of a parent that
//     is gone, too, or may have adopted it, nor where an earlier event of its own left it on the host.
//   - A pid is a process only together with its start. What started after the event is another process, and what is
//     remembered of a pid counts only as long as the kernel cannot have given out all others in between.
package container
