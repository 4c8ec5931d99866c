package process

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// elfMachines names the machines a container image is likely to be built for.
var elfMachines = map[elf.Machine]string{
	elf.EM_X86_64:  "amd64",
	elf.EM_AARCH64: "arm64",
	elf.EM_386:     "386",
	elf.EM_ARM:     "arm",
	elf.EM_RISCV:   "riscv64",
	elf.EM_S390:    "s390x",
	elf.EM_PPC64:   "ppc64",
}

// explainFormat says why the kernel answered "exec format error".
func explainFormat(path string) error {
	head := readHead(path)
	switch {
	case len(head) == 0:
		return errors.New("the file is empty")
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return explainELF(path)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf#!")):
		return errors.New("the script starts with a byte order mark: remove it, `#!` must come first")
	case bytes.HasPrefix(head, []byte("#!")):
		return errors.New("the script's interpreter cannot be executed, or its first line is too long")
	case bytes.IndexByte(head, 0) < 0:
		return errors.New("it is a script without `#!` in its first line: add one, or run it as an argument of its shell")
	}
	return errors.New("it is not a program that this kernel can run")
}

func explainELF(path string) error {
	program, err := readELF(path)
	if err != nil {
		return errDamagedELF
	}
	machine := elfMachines[program.machine]
	if machine == "" {
		machine = program.machine.String()
	}
	if machine == runtime.GOARCH {
		return errors.New("the kernel does not run this kind of program")
	}
	return fmt.Errorf("it is built for %s, this machine is %s: use the image for this platform", machine, runtime.GOARCH)
}

// scriptInterpreter returns the program that a `#!` line names.
func scriptInterpreter(head []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(head, []byte("#!"))
	if !ok {
		return "", false
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	fields := bytes.Fields(bytes.TrimRight(line, "\x00"))
	if len(fields) == 0 {
		return "", false
	}
	interp := string(fields[0])
	if bytes.HasSuffix(line, []byte("\r")) && len(fields) == 1 {
		interp += "\r" // Windows line ends are the usual cause of a "missing" /bin/sh
	}
	return interp, true
}

func readHead(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head)
	return head[:n]
}
