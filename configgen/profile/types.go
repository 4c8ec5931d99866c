package profile

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/secrets"
)

// convert gives a value its type.
func (d *Parameter) convert(text string, show Display) (Typed, *format.Refusal) {
	switch d.Type {
	case Int:
		i, refused := toInt(text, show)
		return Typed{Text: text, Any: i}, refused
	case Float:
		f, refused := toFloat(text, show)
		return Typed{Text: text, Any: f}, refused
	case Bool:
		b, refused := toBool(text, show)
		return Typed{Text: strconv.FormatBool(b), Any: b}, refused
	case List:
		return Typed{Text: text, List: d.split(text)}, nil
	case ListOfInt:
		return d.toInts(text, show)
	case Words:
		words, err := format.SplitWords(text)
		if err != nil {
			return Typed{}, &format.Refusal{What: fmt.Sprintf("%scannot be split into words: %v", show(text), err), Fix: "close the quote, or put a backslash before it"}
		}
		return Typed{Text: text, List: words}, nil
	case Map:
		fields, refused := toMap(text, show)
		return Typed{Text: text, Any: fields}, refused
	case Base64:
		return toBytes(text, show)
	}
	return Typed{Text: text, Any: text}, nil
}

func toInt(text string, show Display) (int64, *format.Refusal) {
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(i, 10) != text {
		return 0, &format.Refusal{What: show(text) + "is not a whole number", Fix: "write digits, without '+' and leading zeros, within 64 bits"}
	}
	return i, nil
}

var decimal = secrets.LazyRegexp(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// toFloat refuses what becomes infinite or zero in 64 bits, too.
func toFloat(text string, show Display) (float64, *format.Refusal) {
	f, err := strconv.ParseFloat(text, 64)
	mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
	vanishes := f == 0 && strings.ContainsAny(mantissa, "123456789")
	switch {
	case !decimal().MatchString(text):
		return 0, &format.Refusal{What: show(text) + "is not a decimal number", Fix: "write digits, with a point or an exponent if need be: 0.5, 1e-3"}
	case err != nil || math.IsInf(f, 0) || vanishes:
		return 0, &format.Refusal{What: show(text) + "is too large or too small for a number of 64 bits", Fix: "give a number between 1e-323 and 1e308"}
	}
	return f, nil
}

func toBool(text string, show Display) (bool, *format.Refusal) {
	switch text {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, &format.Refusal{What: show(text) + "is neither true nor false", Fix: "write true, false, 1 or 0"}
}

func (d *Parameter) toInts(text string, show Display) (Typed, *format.Refusal) {
	v := Typed{Text: text, List: d.split(text)}
	ints := make([]any, len(v.List))
	for i, item := range v.List {
		n, refused := toInt(item, show)
		if refused != nil {
			return Typed{}, refused
		}
		ints[i] = n
	}
	v.Any = ints
	return v, nil
}

// toMap reads k=v, k2=v2, or a JSON object. The order stays.
func toMap(text string, show Display) (format.Object, *format.Refusal) {
	if strings.HasPrefix(text, "{") {
		fields, err := format.ReadObject(text)
		if err != nil {
			return nil, &format.Refusal{What: fmt.Sprintf("%sbegins with { and is not a JSON object: %v", show(text), err), Fix: "correct the JSON, or write k=v, k2=v2"}
		}
		return fields, nil
	}
	fields := format.Object{}
	seen := make(map[string]bool)
	for item := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		key, v, ok := strings.Cut(item, "=")
		switch key = strings.TrimSpace(key); {
		case !ok || key == "":
			return nil, &format.Refusal{What: show(strings.TrimSpace(item)) + "is not key=value", Fix: "write k=v, k2=v2, or a JSON object where a value holds a comma"}
		case seen[key]:
			return nil, &format.Refusal{What: show(text) + "has a key twice", Fix: "keep one of them"}
		}
		seen[key] = true
		fields = append(fields, format.Member{Key: key, Value: strings.TrimSpace(v)})
	}
	return fields, nil
}

// toBytes decodes base64. What it stands for is the value, in every place.
func toBytes(text string, show Display) (Typed, *format.Refusal) {
	decoded, err := base64.StdEncoding.DecodeString(text) // which passes over line breaks
	if err != nil {
		return Typed{}, &format.Refusal{What: show(text) + "is not base64", Fix: "encode it with the standard alphabet (A-Z a-z 0-9 + /) and its padding (=), as base64(1) does"}
	}
	return Typed{Text: string(decoded), Any: string(decoded)}, nil
}

// plainValues are the values that pattern and enum are held to: of a list each item,
// of a map each value in it.
func plainValues(v Typed) []string {
	if v.List != nil {
		return v.List
	}
	fields, ok := v.Any.(format.Object)
	if !ok {
		return []string{v.Text}
	}
	var texts []string
	for _, leaf := range format.Leaves(fields) {
		texts = append(texts, format.LeafText(leaf))
	}
	return texts
}
