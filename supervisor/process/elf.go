package process

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
)

// elfProgram is what the kernel looks at in an ELF file before it runs it.
type elfProgram struct {
	machine     elf.Machine
	interpreter string // the dynamic loader; empty: a static program
}

// maxInterpreter is PATH_MAX: the kernel refuses a longer one.
const maxInterpreter = 4096

// maxSegments is more than what the kernel takes, which is 64 KiB of program headers.
const maxSegments = 2048

var errDamagedELF = errors.New("it is a damaged program: not a whole ELF file")

// readELF reads the header and the program headers, as execve(2) does. It does
// without elf.NewFile, which reads the sections, too, and links the decompressors
// and the DWARF reader that these need (140 kB).
func readELF(path string) (elfProgram, error) {
	f, err := os.Open(path)
	if err != nil {
		return elfProgram{}, err
	}
	defer f.Close()
	var ident [elf.EI_NIDENT]byte
	if _, err := io.ReadFull(f, ident[:]); err != nil || !bytes.HasPrefix(ident[:], []byte(elf.ELFMAG)) {
		return elfProgram{}, errDamagedELF
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(ident[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	file := elfFile{io.NewSectionReader(f, 0, math.MaxInt64), order}
	switch elf.Class(ident[elf.EI_CLASS]) {
	case elf.ELFCLASS64:
		return file.program64()
	case elf.ELFCLASS32:
		return file.program32()
	}
	return elfProgram{}, errDamagedELF
}

// elfFile is an ELF file and its byte order.
type elfFile struct {
	*io.SectionReader
	order binary.ByteOrder
}

func (f elfFile) program64() (elfProgram, error) {
	var header elf.Header64
	if binary.Read(f, f.order, &header) != nil {
		return elfProgram{}, errDamagedELF
	}
	segments, err := readSegments[elf.Prog64](f, int64(header.Phoff), int(header.Phnum))
	found := elfProgram{machine: elf.Machine(header.Machine)}
	for _, s := range segments {
		if elf.ProgType(s.Type) == elf.PT_INTERP {
			found.interpreter = f.text(int64(s.Off), s.Filesz)
		}
	}
	return found, err
}

func (f elfFile) program32() (elfProgram, error) {
	var header elf.Header32
	if binary.Read(f, f.order, &header) != nil {
		return elfProgram{}, errDamagedELF
	}
	segments, err := readSegments[elf.Prog32](f, int64(header.Phoff), int(header.Phnum))
	found := elfProgram{machine: elf.Machine(header.Machine)}
	for _, s := range segments {
		if elf.ProgType(s.Type) == elf.PT_INTERP {
			found.interpreter = f.text(int64(s.Off), uint64(s.Filesz))
		}
	}
	return found, err
}

// readSegments reads the program headers.
func readSegments[T elf.Prog64 | elf.Prog32](f elfFile, offset int64, count int) ([]T, error) {
	if count > maxSegments {
		return nil, errDamagedELF
	}
	segments := make([]T, count)
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, errDamagedELF
	}
	if err := binary.Read(f, f.order, segments); err != nil && count > 0 {
		return nil, errDamagedELF
	}
	return segments, nil
}

// text reads a string that ends with NUL; empty where it cannot be read.
func (f elfFile) text(offset int64, size uint64) string {
	text := make([]byte, min(size, maxInterpreter))
	if _, err := f.ReadAt(text, offset); err != nil {
		return ""
	}
	text, _, _ = bytes.Cut(text, []byte{0})
	return string(text)
}
