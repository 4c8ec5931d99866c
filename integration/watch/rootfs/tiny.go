package rootfs

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"runtime"
)

// Tiny is a program that ends at once, the shortest that there is: _exit(0), for 64 or 32 bits.
func Tiny(class elf.Class) ([]byte, error) {
	if runtime.GOARCH != "amd64" {
		return nil, fmt.Errorf("the shortest program is not made for %s", runtime.GOARCH)
	}
	const base = 0x400000
	identity := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	code, flags := []byte{0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05}, uint32(elf.PF_R|elf.PF_X)
	parts := []any{
		elf.Header64{Ident: identity, Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: base + 120, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1},
		elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: flags, Vaddr: base, Paddr: base, Filesz: 129, Memsz: 129, Align: 0x1000},
	}
	if class == elf.ELFCLASS32 {
		code = []byte{0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80}
		parts = []any{
			elf.Header32{Ident: identity, Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_386), Version: 1, Entry: base + 84, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: 1},
			elf.Prog32{Type: uint32(elf.PT_LOAD), Flags: flags, Vaddr: base, Paddr: base, Filesz: 93, Memsz: 93, Align: 0x1000},
		}
	}
	var file bytes.Buffer
	for _, part := range append(parts, code) {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			return nil, err
		}
	}
	return file.Bytes(), nil
}
