package process

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// madeELF is a file with the header of a program and one segment, its interpreter.
func madeELF(class elf.Class, order binary.ByteOrder, machine elf.Machine, interpreter string) []byte {
	data := elf.ELFDATA2LSB
	if order == binary.BigEndian {
		data = elf.ELFDATA2MSB
	}
	ident := [elf.EI_NIDENT]byte{'\x7f', 'E', 'L', 'F', byte(class), byte(data), 1}
	var header, segment any
	if class == elf.ELFCLASS64 {
		header = elf.Header64{Ident: ident, Machine: uint16(machine), Phoff: 64, Phentsize: 56, Phnum: 1}
		segment = elf.Prog64{Type: uint32(elf.PT_INTERP), Off: 64 + 56, Filesz: uint64(len(interpreter))}
	} else {
		header = elf.Header32{Ident: ident, Machine: uint16(machine), Phoff: 52, Phentsize: 32, Phnum: 1}
		segment = elf.Prog32{Type: uint32(elf.PT_INTERP), Off: 52 + 32, Filesz: uint32(len(interpreter))}
	}
	var file bytes.Buffer
	_ = binary.Write(&file, order, header) // to memory
	_ = binary.Write(&file, order, segment)
	file.WriteString(interpreter)
	return file.Bytes()
}

func TestReadELF(t *testing.T) {
	whole := madeELF(elf.ELFCLASS64, binary.LittleEndian, elf.EM_X86_64, "/lib64/ld.so\x00")
	tooMany := bytes.Clone(whole)
	tooMany[56], tooMany[57] = 0xff, 0xff // e_phnum
	for name, test := range map[string]struct {
		file    []byte
		want    elfProgram
		damaged bool
	}{
		"64 bits":              {file: whole, want: elfProgram{elf.EM_X86_64, "/lib64/ld.so"}},
		"32 bits":              {file: madeELF(elf.ELFCLASS32, binary.LittleEndian, elf.EM_ARM, "/lib/ld.so\x00"), want: elfProgram{elf.EM_ARM, "/lib/ld.so"}},
		"big endian":           {file: madeELF(elf.ELFCLASS64, binary.BigEndian, elf.EM_S390, "/lib/ld64.so.1\x00"), want: elfProgram{elf.EM_S390, "/lib/ld64.so.1"}},
		"text cut off":         {file: whole[:len(whole)-3], want: elfProgram{machine: elf.EM_X86_64}},
		"segments cut off":     {file: whole[:100], damaged: true},
		"header cut off":       {file: whole[:40], damaged: true},
		"too many segments":    {file: tooMany, damaged: true},
		"a class there is not": {file: append([]byte("\x7fELF\x07\x01\x01"), make([]byte, 60)...), damaged: true},
		"no ELF file":          {file: []byte("#!/bin/sh\necho more than sixteen bytes\n"), damaged: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(path, test.file, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readELF(path)
			if (err != nil) != test.damaged || err == nil && got != test.want {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestReadELFAsTheLibrary compares with the library's reader, on a program of this machine.
func TestReadELFAsTheLibrary(t *testing.T) {
	for _, path := range []string{"/proc/self/exe", "/bin/sh"} {
		f, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var interpreter []byte
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP {
				interpreter = make([]byte, p.Filesz)
				if _, err := p.ReadAt(interpreter, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		f.Close()
		got, err := readELF(path)
		if want := (elfProgram{f.Machine, string(bytes.TrimRight(interpreter, "\x00"))}); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", path, got, err, want)
		}
	}
}
