//go:build linux

package process

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// maskIn masks text that comes in parts of these sizes, again and again.
func maskIn(text string, secrets []string, sizes ...int) string {
	m := masker{set: NewSecretSet(secrets)}
	var out []byte
	for i := 0; len(text) > 0; i++ {
		n := len(text)
		if len(sizes) > 0 {
			n = min(n, max(1, sizes[i%len(sizes)]))
		}
		out = m.write(out, []byte(text[:n]))
		text = text[n:]
	}
	return string(m.end(out))
}

// maskNaively says what a mask is: every byte of every occurrence hidden, one
// mark for those that overlap, and a long beginning of a secret at the end.
func maskNaively(text string, secrets []string) string {
	hidden, joined := secretBytes(text, secrets)
	var out strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			out.WriteByte(text[i])
		case !joined[i]:
			out.WriteString(redacted)
		}
	}
	return out.String()
}

// secretBytes tells which bytes are of a secret, and which of these are of the
// same mark as the byte before.
func secretBytes(text string, secrets []string) (hidden, joined []bool) {
	hidden, joined = make([]bool, len(text)), make([]bool, len(text))
	hide := func(from, to int) {
		for i := from; i < to; i++ {
			hidden[i], joined[i] = true, joined[i] || i > from
		}
	}
	atEnd := 0
	for _, secret := range secrets {
		if strings.TrimSpace(secret) == "" {
			continue
		}
		for i := range len(text) {
			if strings.HasPrefix(text[i:], secret) {
				hide(i, i+len(secret))
			} else if strings.HasPrefix(secret, text[i:]) {
				atEnd = max(atEnd, len(text)-i)
			}
		}
	}
	if atEnd >= fragmentMin {
		hide(len(text)-atEnd, len(text))
	}
	return hidden, joined
}

func TestMask(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text    string
		secrets []string
		want    string
	}{
		"none":                       {"a b", nil, "a b"},
		"one":                        {"key=hunter2!", []string{"hunter2"}, "key=[redacted]!"},
		"alone":                      {"hunter2", []string{"hunter2"}, "[redacted]"},
		"blank secrets":              {"a b", []string{"", " "}, "a b"},
		"one byte":                   {"axbx", []string{"x"}, "a[redacted]b[redacted]"},
		"not a secret after all":     {"hunter hunt", []string{"hunter2"}, "hunter hunt"},
		"one contains the other":     {"hunter2000 hunter2", []string{"hunter2", "hunter2000"}, "[redacted] [redacted]"},
		"one begins in the other":    {"abcdefghi", []string{"abcdef", "defghi"}, "[redacted]"},
		"one ends in the other":      {"xabcdef", []string{"abcd", "bcdefg", "bc"}, "x[redacted]ef"},
		"with itself":                {"aaaaaaab", []string{"aa"}, "[redacted]b"},
		"three in a chain":           {"-abcdefgh-", []string{"abcd", "cdef", "efgh"}, "-[redacted]-"},
		"side by side":               {"hunter2hunter2", []string{"hunter2"}, "[redacted][redacted]"},
		"a false start in front":     {"huhunter2", []string{"hunter2"}, "hu[redacted]"},
		"a longer one that fails":    {"hunter2-secreX", []string{"hunter2-secret", "hunter2", "secre"}, "[redacted]-[redacted]X"},
		"the output ends in one":     {"key hunter2-sec", []string{"hunter2-secret"}, "key [redacted]"},
		"the output ends in a start": {"key hunt", []string{"hunter2-secret"}, "key hunt"},
		"not UTF-8":                  {"a\xff\xfe\x00b", []string{"\xff\xfe\x00"}, "a[redacted]b"},
		"like the mark":              {"[redacted] x", []string{"[redacted"}, "[redacted]] x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if naive := maskNaively(test.text, test.secrets); naive != test.want {
				t.Errorf("the oracle has %q, want %q", naive, test.want)
			}
			for size := 1; size <= len(test.text); size++ {
				if got := maskIn(test.text, test.secrets, size); got != test.want {
					t.Errorf("in parts of %d: got %q, want %q", size, got, test.want)
				}
			}
		})
	}
}

// TestMaskKeepsBackWhatMayBeASecretOnly: a prompt gets out, a beginning does not.
func TestMaskKeepsBackWhatMayBeASecretOnly(t *testing.T) {
	t.Parallel()
	m := masker{set: NewSecretSet([]string{"hunter2", "2nd-secret"})}
	for _, step := range []struct{ in, out string }{
		{"password: ", "password: "},
		{"hu", ""},
		{"n", ""},
		{"g ", "hung "},
		{"hunter", ""},
		{"2", "[redacted]"}, // also the beginning of the other
		{"nd-secret", ""},
		{"\n", "\n"},
		{"2", ""},
		{"n", ""},
		{"o", "2no"},
	} {
		if got := string(m.write(nil, []byte(step.in))); got != step.out {
			t.Errorf("after %q: got %q, want %q", step.in, got, step.out)
		}
	}
}

// TestMaskIsBounded: endless overlaps and false starts do not pile up.
func TestMaskIsBounded(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("ab", 500)
	m := masker{set: NewSecretSet([]string{secret, "aba", secret + "c"})}
	out := 0
	for range 2000 {
		out += len(m.write(nil, []byte(strings.Repeat("ab", 1000))))
		if len(m.held) > len(secret)+1 || len(m.spans) > len(secret) {
			t.Fatalf("%d bytes and %d spans are held", len(m.held), len(m.spans))
		}
	}
	if out != len(redacted) {
		t.Errorf("%d bytes came out, want one mark", out)
	}
}

// TestMaskManySecretsInMuchText is the speed of it: thousands of secrets with
// common beginnings, in text that often looks like them.
func TestMaskManySecretsInMuchText(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var secrets []string
	for i := range 2000 {
		secrets = append(secrets, fmt.Sprintf("secret-%04d-%s", i, strings.Repeat("aaab", i%50)))
	}
	var text strings.Builder
	for text.Len() < 4<<20 {
		secret := secrets[random.IntN(len(secrets))]
		text.WriteString(secret[:random.IntN(len(secret))])
		text.WriteString(secret)
	}
	out := maskIn(text.String(), secrets, copyChunk)
	if strings.Contains(out, "secret-0000-") || len(out) >= text.Len() {
		t.Error("not masked")
	}
}

// TestMaskALongSecret: a secret of many lines, each of which is a secret, too: whole, in lines, and in pieces.
func TestMaskALongSecret(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	newLines := func() []string {
		lines := make([]string, 4000)
		for i := range lines {
			line := make([]byte, 64)
			for j := range line {
				line[j] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[random.IntN(64)]
			}
			lines[i] = string(line)
		}
		return lines
	}
	lines := newLines()
	whole := strings.Join(lines, "\n")
	secrets := append([]string{whole}, lines...)
	if set := NewSecretSet(secrets); len(set.tables) < 64 || len(set.tables) > maxTables {
		t.Errorf("%d tables", len(set.tables))
	}
	if got := maskIn("a"+whole+"b", secrets, 65); got != "a"+redacted+"b" {
		t.Errorf("the whole secret became %d bytes", len(got))
	}
	if got, want := maskIn("x\n"+lines[7]+"\ny\n"+lines[3999]+"\n", secrets, 3), "x\n"+redacted+"\ny\n"+redacted+"\n"; got != want {
		t.Errorf("lines of it: %q, want %q", got, want)
	}
	if other := strings.Join(newLines(), "\n") + "\n"; maskIn(other, secrets, 100) != other {
		t.Error("what is not secret was changed")
	}
}

func FuzzMask(f *testing.F) {
	f.Add("ca\ncb\ncc\ncd\nce\ncf\ncg\nch\nci\nda\ndb\nabc\nabca", "cacbcicjdadbabcabccacdabcaci", []byte{1, 4})
	f.Add("abcdef\ndefghi", "xx abcdefghi abcdef", []byte{1})
	f.Add("hunter2\nhunter2000\n2", "hunter2000hunter2\nhunter", []byte{3, 1})
	f.Add("aa\naaaaaaaaab\naba", "aaaaaaabaaaaaaaaaabaabaa", []byte{2, 7, 1})
	f.Add("abababab\nbabababab\nc", "ababababababababcbabababa", []byte{5})
	f.Add("-----BEGIN KEY-----", "-----BEGIN -----BEGIN KEY----------BEGIN KEY--", []byte{255})
	f.Fuzz(func(t *testing.T, joined, text string, parts []byte) {
		secrets := strings.Split(joined, "\n")
		text = strings.ReplaceAll(text, "\x01", secrets[0]) // so that the fuzzer finds whole ones
		if len(joined) > 256 || len(text) > 1024 {          // the oracle is slow
			return
		}
		sizes := make([]int, len(parts))
		for i, n := range parts {
			sizes[i] = int(n)
		}
		got, want := maskIn(text, secrets, sizes...), maskNaively(text, secrets)
		if got != want {
			t.Fatalf("secrets %q, text %q in parts of %d\n got %q\nwant %q", secrets, text, sizes, got, want)
		}
		noWindow(t, text, secrets, got)
		noWindow(t, text, secrets, lastLinesOf(text, secrets, sizes))
	})
}

// lastLinesOf is the same text as an error quotes it, with a short tail.
func lastLinesOf(text string, secrets []string, sizes []int) string {
	c := &Capture{limit: 64, masker: masker{set: NewSecretSet(secrets)}}
	for i := 0; len(text) > 0; i++ {
		n := len(text)
		if len(sizes) > 0 {
			n = min(n, max(1, sizes[i%len(sizes)]))
		}
		c.keep(c.masker.write(nil, []byte(text[:n])))
		text = text[n:]
	}
	return LastLines(c.kept, c.cut)
}

// noWindow fails when a window of a secret that is in text is in out, unless
// the text has it outside of secrets, too.
func noWindow(t *testing.T, text string, secrets []string, out string) {
	t.Helper()
	hidden, _ := secretBytes(text, secrets)
	open := []byte(redacted + redacted)
	for i := range len(text) {
		if !hidden[i] {
			open = append(open, text[i])
		} else if !bytes.HasSuffix(open, []byte(redacted)) {
			open = append(open, redacted...)
		}
	}
	for i := 0; i+fragmentMin <= len(text); i++ {
		window := text[i : i+fragmentMin]
		if !slices.Contains(hidden[i:i+fragmentMin], false) && strings.Contains(out, window) && !bytes.Contains(open, []byte(window)) {
			t.Errorf("secrets %q, text %q: %q is in the output %q", secrets, text, window, out)
		}
	}
}
