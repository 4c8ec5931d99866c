// Command standin stands in for the programs that tswatch is tested with: what it does is in its name.
//
//	burst N RATE PROGRAM   starts the program N times, one after the other, RATE a second
//	connects N             connects N times to this machine, in turn to many ports
//	nginx                  waits for SIGTERM
//	sh -c WORDS            runs the program of the words, which is in /usr/bin
//	any other name         says its name and its pid to SERVER, and waits for the answer
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	var err error
	switch name := filepath.Base(os.Args[0]); name {
	case "burst":
		err = burst(number(2), number(1), os.Args[3])
	case "connects":
		err = connects(number(1))
	case "nginx":
		waitForTerm()
	case "sh":
		err = shell(strings.Fields(os.Args[2]))
	default:
		err = visit(name)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// number is the argument at i.
func number(i int) int {
	n, err := strconv.Atoi(os.Args[i])
	if err != nil || n <= 0 {
		fmt.Fprintf(os.Stderr, "%q is no number of times\n", os.Args[i])
		os.Exit(2)
	}
	return n
}

func burst(rate, times int, program string) error {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := range times {
		pid, err := syscall.ForkExec(program, []string{program, strconv.Itoa(i)}, &syscall.ProcAttr{})
		if err != nil {
			return fmt.Errorf("start %s: %w", program, err)
		}
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
			return fmt.Errorf("wait for %d: %w", pid, err)
		}
		<-tick.C
	}
	return nil
}

func connects(times int) error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return fmt.Errorf("open a socket: %w", err)
	}
	for i := range times {
		if err := syscall.Connect(socket, &syscall.SockaddrInet4{Port: 1 + i%60000, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			return fmt.Errorf("connect: %w", err)
		}
	}
	return nil
}

func waitForTerm() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	<-asked
}

func shell(words []string) error {
	cmd := exec.Command("/usr/bin/"+words[0], words[1:]...)
	cmd.Args[0] = words[0]
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

func visit(name string) error {
	conn, err := net.Dial("tcp", os.Getenv("SERVER"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintln(conn, name, os.Getpid()); err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, conn)
	return err
}
