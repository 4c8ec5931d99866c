package configgen

import (
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
)

// maskLineMin is the length from which one line of a secret of several lines is
// masked. Shorter lines ("}", "-") are in any output.
const maskLineMin = 8

// Masks lists the texts to hide in another program's output: each secret and its
// long lines, as they are and in every form that tsboot writes them in, because a
// program may print its config.
func (r *Resolved) Masks() []string {
	var all []string
	encoders := format.Writers()
	for _, secret := range r.Secrets() {
		for _, text := range maskTexts(secret) {
			all = append(all, text)
			for _, encode := range encoders {
				all = append(all, encode.Forms(text)...)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// maskTexts are the texts of a secret: programs print it with or without the white
// space around it, or only some of its lines.
func maskTexts(secret string) []string {
	trimmed := strings.TrimSpace(secret)
	if trimmed == "" {
		return nil
	}
	texts := []string{trimmed}
	if trimmed != secret {
		texts = append(texts, secret)
	}
	if lines := strings.Split(trimmed, "\n"); len(lines) > 1 {
		for _, line := range lines {
			if line = strings.TrimSpace(line); len(line) >= maskLineMin {
				texts = append(texts, line)
			}
		}
	}
	return texts
}
