//go:build linux

package process

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
)

// tailLimit is how much the captures of these tests keep.
const tailLimit = 4 << 10

// captured is a capture whose other end the test writes to.
func captured(t *testing.T, out *lockedBuffer, secrets ...string) (*Capture, *os.File) {
	t.Helper()
	c, err := NewCapture(out, tailLimit, false, NewSecretSet(secrets))
	if err != nil {
		t.Fatal(err)
	}
	child, err := dup(c.write)
	if err != nil {
		t.Fatal(err)
	}
	c.Start()
	return c, child
}

func say(t *testing.T, child *os.File, text string) {
	t.Helper()
	if _, err := child.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestCaptureMasksASecretThatComesInTwoReads(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	c, child := captured(t, &out, "hunter2")
	say(t, child, "one\nkey hun")
	wait.For(t, deadline, "the first part is out", func() bool { return out.String() == "one\nkey " })
	say(t, child, "ter2 and hun")
	wait.For(t, deadline, "the second part is out", func() bool { return out.String() == "one\nkey [redacted] and " })
	child.Close()
	<-c.eof
	if got := out.String(); got != "one\nkey [redacted] and hun" {
		t.Errorf("got %q", got)
	}
}

// TestCaptureMasksWhereFullReadsEnd: lines of a secret, many times what one
// read takes, at every place in it.
func TestCaptureMasksWhereFullReadsEnd(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-v4lue-0123456789"
	for shift := range 7 {
		var out lockedBuffer
		c, child := captured(t, &out, secret)
		say(t, child, strings.Repeat("x", shift)+strings.Repeat("key="+secret+"\n", 20000))
		child.Close()
		kept, cut := c.Settle()
		<-c.eof
		if got, want := out.String(), strings.Repeat("x", shift)+strings.Repeat("key=[redacted]\n", 20000); got != want {
			t.Errorf("shift %d: %d bytes came out, want %d; the secret is in them: %v", shift, len(got), len(want), strings.Contains(got, "s3cr3t"))
		}
		if tail := LastLines(kept, cut); strings.ReplaceAll(tail, "key=[redacted]", "") != strings.Repeat("\n", tailLines-1) {
			t.Errorf("tail %q", tail)
		}
	}
}

// TestSettleShowsNoBeginningOfASecret: a daemon keeps the pipe open, so what
// comes next is not known.
func TestSettleShowsNoBeginningOfASecret(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	c, child := captured(t, &out, "hunter2-secret")
	say(t, child, "wrong key hunter2-")
	if kept, cut := c.Settle(); LastLines(kept, cut) != "wrong key" {
		t.Errorf("kept %q", kept)
	}
	wait.For(t, deadline, "the rest is out", func() bool { return out.String() == "wrong key " })
	say(t, child, "secret\n")
	wait.For(t, deadline, "the secret is masked", func() bool { return out.String() == "wrong key [redacted]\n" })
	child.Close()
	<-c.eof
}

// TestTailIsCutAfterMasking: the cut falls into no secret, wherever it falls.
func TestTailIsCutAfterMasking(t *testing.T) {
	t.Parallel()
	secret := "s3cr3t-" + strings.Repeat("0123456789", 20)
	for shift := range len(secret) {
		c := &Capture{limit: 256, masker: masker{set: NewSecretSet([]string{secret})}}
		c.keep(c.masker.write(nil, []byte(strings.Repeat("y", shift)+strings.Repeat(secret+" ", 100))))
		c.endLocked()
		if tail := LastLines(c.kept, c.cut); !c.cut || strings.ContainsAny(tail, "0123456789") {
			t.Fatalf("shift %d: tail %q", shift, tail)
		}
	}
}

// dup returns a second descriptor for an open file.
func dup(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
