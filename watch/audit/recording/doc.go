// Package recording keeps the datagrams of the netlink socket in a file, as they came, and reads them back. The file is text:
//
//	tswatch record 1
//	# linux 6.18.5, --audit-mode multicast
//	1764460000.123456789 1300 0 341 "audit(1764460000.120:45): arch=c000003e syscall=59 ..."
//
// The first line says what it is. A line that begins with # is for people. Every other line is a datagram: when it arrived,
// the number of its type, the port of the sender (0: the kernel), the length that its header says, and its payload, quoted
// as Go does it, so that every byte comes back as it was.
package recording
