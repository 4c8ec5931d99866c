package format

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Writer writes a text as some program does; ok is false where it refuses
// it.
type Writer func(text string) (written string, ok bool)

// Writers are all escapes, all formats with their other forms, and what
// other programs make of a value most often: base64, a query, a string as Go's
// %q writes it, or in ASCII only. Chains are more ways, which a profile has.
func Writers(chains ...Chain) []Writer {
	var list []Writer
	always := func(encode func(string) string) {
		list = append(list, func(s string) (string, bool) { return encode(s), true })
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		always(func(s string) string { return e.EncodeToString([]byte(s)) })
	}
	always(url.QueryEscape)
	always(strconv.Quote)
	always(strconv.QuoteToASCII)
	for _, e := range Escapes {
		list = append(list, func(s string) (string, bool) {
			form, refused := e.One(s)
			return form, refused == nil
		})
	}
	for _, c := range chains {
		list = append(list, func(s string) (string, bool) {
			form, refused := c.One(s)
			return form, refused == nil
		})
	}
	for _, f := range Formats {
		for _, form := range f.forms {
			always(form)
		}
		if f.Encode != nil {
			list = append(list, f.write)
		}
	}
	return list
}

// write writes a file with one string in it.
func (f *Format) write(text string) (written string, ok bool) {
	if f.Leaf(text) != nil {
		return "", false
	}
	form, err := f.Encode(Object{{Key: "k", Value: text}})
	return string(form), err == nil
}

// marshalled is a string of encoding/json, which escapes <, > and &.
func marshalled(s string) string {
	form, _ := json.Marshal(s) // every string has a form
	return string(form)
}

// insideSingleQuotes is the inside of a string in YAML's single quotes.
func insideSingleQuotes(s string) string { return strings.ReplaceAll(s, "'", "''") }

// Forms are the text as it is in the encoder's output, without quotes, keys and
// line ends: in the middle of a longer text, and alone. The two may differ (a byte
// order mark changes how YAML is written). A word that needs no escape shows where
// in the output the text is.
func (encode Writer) Forms(text string) []string {
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
