package supervisor

import (
	"slices"
	"strings"
	"testing"
)

// TestLineWriter: whatever pieces a log comes in, whole lines are handed on, and all of it in the end.
func TestLineWriter(t *testing.T) {
	t.Parallel()
	text := "one\n\ntwo \xff\nthree\n" + strings.Repeat("long ", lineLimit/4) + "\nunfinished"
	for size := 1; size < len(text); size = size*2 + 1 {
		var got pieces
		w := NewLineWriter(&got)
		for piece := range slices.Chunk([]byte(text), size) {
			if _, err := w.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		w.End()
		w.End()
		all := strings.Join(got, "")
		if strings.ReplaceAll(all, "\n", "") != strings.ReplaceAll(text, "\n", "") || !strings.HasPrefix(all, "one\n\ntwo \xff\nthree\nlong ") {
			t.Errorf("pieces of %d bytes: got %d bytes", size, len(all))
		}
		for _, piece := range got {
			if !strings.HasSuffix(piece, "\n") {
				t.Errorf("pieces of %d bytes: %q is not a whole line", size, piece)
			}
		}
	}
}

// pieces keeps each write by itself.
type pieces []string

func (p *pieces) Write(data []byte) (int, error) {
	*p = append(*p, string(data))
	return len(data), nil
}
