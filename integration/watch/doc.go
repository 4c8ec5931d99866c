// Package watch has the tests of the built tswatch on the kernel and the Docker engine of the machine: the stories that it
// is made for, what is lost, whether containers are right. They borrow the machine's audit state, one at a time, with kernel
// rules for one user only: containers run as that user.
package watch
