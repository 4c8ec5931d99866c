//go:build linux

package watch

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// image makes an image with busybox, the stand-in by the names of the stories, and the shortest of all programs. Its tag is
// 1.27.
func image(t *testing.T) string {
	t.Helper()
	require.Tools(t, "docker", "busybox")
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	add := func(h tar.Header, content []byte) {
		h.Mode, h.Size = 0o755, int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	add(tar.Header{Name: "bin/busybox"}, read(t, busybox))
	for _, name := range []string{"sh", "sleep"} {
		add(tar.Header{Name: "bin/" + name, Linkname: "busybox", Typeflag: tar.TypeSymlink}, nil)
	}
	add(tar.Header{Name: "usr/bin/standin"}, read(t, built(t, standin)))
	for _, name := range []string{"apk", "curl", "scp", "burst"} {
		add(tar.Header{Name: "usr/bin/" + name, Linkname: "usr/bin/standin", Typeflag: tar.TypeLink}, nil)
	}
	add(tar.Header{Name: "usr/bin/tiny"}, tiny(t, elf.ELFCLASS64))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := "tswatch-it-" + strings.ToLower(rand.Text()) + ":1.27"
	cmd := exec.Command("docker", "import", "-c", "ENV PATH=/usr/bin:/bin", "-", name)
	cmd.Stdin = &archive
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("import the image: %v\n%s", err, out)
	}
	t.Cleanup(func() { docker(t, "rmi", name) })
	return name
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// tiny is a program that ends at once, the shortest that there is: _exit(0), for 64 or 32 bits.
func tiny(t *testing.T, class elf.Class) []byte {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		require.Missing(t, "amd64", fmt.Errorf("the shortest program is not made for %s", runtime.GOARCH))
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
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

// docker runs one command of the client and returns what it printed.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	var says strings.Builder
	cmd := exec.Command("docker", args...)
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, says.String())
	}
	return strings.TrimSpace(string(out))
}

// container starts a container of the user of the tests, which is there until the end of the test, and gives its id.
func container(t *testing.T, name, image string, options ...string) string {
	t.Helper()
	args := append([]string{"run", "-d", "--name", name, "--user", "54323"}, options...)
	id := docker(t, append(args, image, "sleep", "1000")...)
	t.Cleanup(func() { docker(t, "rm", "-f", name) })
	return id
}
