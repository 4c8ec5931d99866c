package configgen

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maskLineMin is the length from which one line of a secret of several lines is
// masked. Shorter lines ("}", "-") are in any output.
const maskLineMin = 8

// Masks lists the texts to hide in another program's output: each secret and its
// long lines, as they are and in every form that tsboot writes them in, because a
// program may print its config.
func (r *Resolved) Masks() []string {
	var all []string
	encoders := maskEncoders()
	for _, secret := range r.Secrets() {
		for _, text := range maskTexts(secret) {
			all = append(all, text)
			for _, encode := range encoders {
				all = append(all, encode.forms(text)...)
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

// maskEncoder writes a text as some program does; ok is false where it refuses
// it.
type maskEncoder func(text string) (written string, ok bool)

// maskEncoders are all escapes, all formats with their other forms, and what
// other programs make of a value most often: base64, a query, a string as Go's
// %q writes it, or in ASCII only.
func maskEncoders() []maskEncoder {
	var list []maskEncoder
	always := func(encode func(string) string) {
		list = append(list, func(s string) (string, bool) { return encode(s), true })
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		always(func(s string) string { return e.EncodeToString([]byte(s)) })
	}
	always(url.QueryEscape)
	always(strconv.Quote)
	always(strconv.QuoteToASCII)
	for _, e := range escapes {
		list = append(list, func(s string) (string, bool) {
			form, refused := e.one(s)
			return form, refused == nil
		})
	}
	for _, f := range formats {
		for _, form := range f.forms {
			always(form)
		}
		if f.encode != nil {
			list = append(list, f.write)
		}
	}
	return list
}

// write writes a file with one string in it.
func (f *format) write(text string) (written string, ok bool) {
	if f.leaf(text) != nil {
		return "", false
	}
	form, err := f.encode(object{{key: "k", value: text}})
	return string(form), err == nil
}

// marshalled is a string of encoding/json, which escapes <, > and &.
func marshalled(s string) string {
	form, _ := json.Marshal(s) // every string has a form
	return string(form)
}

// insideSingleQuotes is the inside of a string in YAML's single quotes.
func insideSingleQuotes(s string) string { return strings.ReplaceAll(s, "'", "''") }

// forms are the text as it is in the encoder's output, without quotes, keys and
// line ends: in the middle of a longer text, and alone. The two may differ (a byte
// order mark changes how YAML is written). A word that needs no escape shows where
// in the output the text is.
func (encode maskEncoder) forms(text string) []string {
	const word = "xQ7x"
	frame, _ := encode(word)
	before, after, framed := strings.Cut(frame, word)
	if !framed { // base64
		before = ""
	}
	var forms []string
	if inside, ok := encode(word + text + word); ok && strings.Contains(inside, word) {
		forms = append(forms, inside[strings.Index(inside, word)+len(word):strings.LastIndex(inside, word)])
	}
	if alone, ok := encode(text); ok {
		alone = strings.TrimSuffix(strings.TrimPrefix(alone, before), after)
		forms = append(forms, alone)
	}
	return slices.DeleteFunc(forms, func(form string) bool { return strings.TrimSpace(form) == "" })
}
