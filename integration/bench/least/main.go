// Command least is what tsboot health is measured against: the least program that asks the control socket and has an exit
// code. It makes the system calls itself and initialises no package that it does not need.
//
//	least SOCKET
package main

import (
	"bytes"
	"os"
	"syscall"
)

func main() {
	if !ask(os.Args[1]) {
		os.Exit(1)
	}
}

func ask(socket string) (healthy bool) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return false
	}
	if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: socket}); err != nil {
		return false
	}
	if _, err := syscall.Write(fd, []byte("GET /v1/health HTTP/1.1\r\nHost: tsboot\r\nConnection: close\r\n\r\n")); err != nil {
		return false
	}
	answer := make([]byte, 4096)
	n, err := syscall.Read(fd, answer)
	if err != nil {
		return false
	}
	_, err = os.Stdout.Write(answer[:n])
	return err == nil && bytes.HasPrefix(answer[:n], []byte("HTTP/1.1 200 "))
}
