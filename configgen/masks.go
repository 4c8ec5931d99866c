package configgen

import (
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/profile"
)

// maskLineMin is the length from which one line of a secret of several lines is
// masked. Shorter lines ("}", "-") are in any output.
const maskLineMin = 8

// Masks lists the texts to hide in another program's output: each secret and its
// long lines, as they are and in every form that tsboot writes them in, because a
// program may print its config.
func (r *Resolved) Masks() []string {
	var all []string
	encoders := format.Writers(r.chains()...)
	for _, secret := range r.Secrets() {
		for _, text := range r.doubled(maskTexts(secret)) {
			all = append(all, text)
			for _, encode := range encoders {
				all = append(all, encode.Forms(text)...)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// chains are the chained escapes that the profile writes values through.
func (r *Resolved) chains() []format.Chain {
	var all []format.Chain
	for i := range r.Profile.Files {
		file := &r.Profile.Files[i]
		for _, names := range file.Escapes() {
			if file.Dollar {
				names = append(names, "dollar")
			}
			if len(names) > 1 {
				all = append(all, format.ChainOf(names))
			}
		}
	}
	return all
}

// doubled adds the texts as a file with `dollar: double` has them.
func (r *Resolved) doubled(texts []string) []string {
	if !slices.ContainsFunc(r.Profile.Files, func(f profile.File) bool { return f.Dollar }) {
		return texts
	}
	for _, text := range texts {
		if strings.Contains(text, "$") {
			texts = append(texts, format.DoubleDollars(text))
		}
	}
	return texts
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
