// Package runtime asks the container runtimes of the host what a container is: its name, its image, who started it, and
// which process is its first. It follows their events, so that most answers are known before anyone asks, and it never makes
// the caller wait longer than Await says. A runtime that is absent, slow or broken costs names and images, never an event.
//
// Docker is asked through its API, containerd through its own. An image has the name that its user wrote: containerd always
// completes a name (docker.io/library/nginx), so of that the short form is taken, as Docker shows it.
package runtime
