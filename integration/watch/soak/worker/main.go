//go:build linux

// Command worker starts a program over and over, as a user of the machine or in a container, and says in a file how far it is.
//
//	worker FILE RATE DIRECTORY
//
// It starts the `true` of the directory RATE times a second, and in place of each 50th its `curl`. The argument of each is the
// name of the file and a number. The file says how many were begun and how many have ended, so that this is known after a kill, too.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if err := work(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func work(path, perSecond, directory string) error {
	rate, err := strconv.ParseFloat(perSecond, 64)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	tick := time.NewTicker(time.Duration(float64(time.Second) / rate))
	for n := uint64(0); ; n++ {
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
		if err := note(file, n+1, n); err != nil {
			return err
		}
		argument := fmt.Sprintf("%s/%d", filepath.Base(path), n)
		argv := []string{"true", argument}
		if n%50 == 49 {
			argv = []string{"curl", "http://unexpected.example/" + argument}
		}
		if ran, err := run(filepath.Join(directory, argv[0]), argv); err != nil || !ran {
			return err
		}
		if err := note(file, n+1, n+1); err != nil {
			return err
		}
	}
}

// note is one write, which no kill cuts in two.
func note(file *os.File, begun, ended uint64) error {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], begun)
	binary.LittleEndian.PutUint64(b[8:], ended)
	_, err := file.WriteAt(b[:], 0)
	return err
}

// run runs a program to its end. false: it was killed, before it was the program perhaps.
func run(program string, argv []string) (bool, error) {
	pid, err := syscall.ForkExec(program, argv, &syscall.ProcAttr{})
	if err != nil {
		return false, fmt.Errorf("start %s: %w", program, err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return false, fmt.Errorf("wait for %d: %w", pid, err)
	}
	return status.Exited(), nil
}
