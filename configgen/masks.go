package configgen

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maskLineMin is the length from which a line of a secret of several lines is
// masked by itself: shorter ones ("}", "-") are in any output.
const maskLineMin = 8

// Masks lists what must not be seen in another program's output: each secret
// and its long lines, as they are and in every form that an encoder of ours
// gives them, because a program may print its config.
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

// maskTexts are the parts of a secret that are looked for: programs print it
// with and without the white space around it, and line by line.
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

// maskEncoder writes a text as one of our encoders does; ok is false where it
// refuses it.
type maskEncoder func(text string) (written string, ok bool)

// maskEncoders are all escapes and all formats of files and exports, and what
// other programs make of a value most often: base64, a query, a string as Go's
// JSON and %q write it, or in ASCII only, or in YAML's single quotes.
func maskEncoders() []maskEncoder {
	list := []maskEncoder{
		func(s string) (string, bool) { return url.QueryEscape(s), true },
		func(s string) (string, bool) { return strconv.Quote(s), true },
		func(s string) (string, bool) { return strconv.QuoteToASCII(s), true },
		func(s string) (string, bool) { return strings.ReplaceAll(s, "'", "''"), true },
		func(s string) (string, bool) { b, err := json.Marshal(s); return string(b), err == nil },
		func(s string) (string, bool) { form, refused := envValue(s); return form, refused == nil },
		func(s string) (string, bool) { return doubleQuoted(s), true }, // as envValue and dotenvValue may
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		list = append(list, func(s string) (string, bool) { return e.EncodeToString([]byte(s)), true })
	}
	for _, e := range escapes {
		list = append(list, func(s string) (string, bool) {
			form, refused := e.one(s)
			return form, refused == nil
		})
	}
	for _, e := range encoders {
		list = append(list, func(s string) (string, bool) {
			if e.leaf(s) != nil {
				return "", false
			}
			form, err := e.encode(object{{key: "k", value: s}})
			return string(form), err == nil
		})
	}
	return list
}

// forms are what a text looks like in the encoder's output, without its quotes,
// keys and line ends: in the middle of a longer text, and alone, which may
// differ (a byte order mark changes how YAML is written). A word that needs no
// escape shows where in the output the text stands.
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
