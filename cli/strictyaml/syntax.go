package strictyaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/secrets"
)

var (
	yamlError = secrets.LazyRegexp(`^yaml: (?:line (\d+): )?((?s).*)$`)
	isJSON    = secrets.LazyRegexp(`^\s*[{]\s*["}]`)
)

// syntax adds an error of the YAML reader. Of JSON its own reader knows the place, and says more.
func (r *Reader) syntax(data []byte, err error) {
	var wrong *json.SyntaxError
	if isJSON().Match(data) && errors.As(json.Unmarshal(data, new(any)), &wrong) {
		before := data[:max(int(wrong.Offset)-1, 0)]
		line := before[bytes.LastIndexByte(before, '\n')+1:]
		at := Pos{r.File, bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(line) + 1}
		r.FailAt(at, "check quotes, commas and brackets before it", "not JSON: %v", wrong)
		return
	}
	what, reported := split(err)
	fix := "check quotes, brackets and the indentation of this line and the one before"
	if json.Valid(data) {
		fix = `write the character itself: \/ and two \u for one character are JSON's alone`
	}
	r.FailAt(Pos{r.File, faultyLine(data, what, reported), 1}, fix, "not YAML: %s", what)
}

// split gives the message of the YAML reader and its line; without one it is 1.
func split(err error) (what string, line int) {
	what = err.Error()
	if m := yamlError().FindStringSubmatch(what); m != nil {
		what = m[2]
		line, _ = strconv.Atoi(m[1])
	}
	return what, max(line, 1)
}

// faultyLine is the line with which the fault comes. The YAML reader reports where the mapping or list begins that it was
// reading, and often one line too early. So this looks from there for the first line with which the same is wrong. Of what
// begins in line 1 the reader reports the end: a quote that is never closed has to be looked for there.
func faultyLine(data []byte, what string, reported int) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	same := func(line int) bool {
		err := check(bytes.Join(lines[:line], nil))
		if err == nil {
			return false
		}
		now, _ := split(err)
		return now == what
	}
	reported = min(reported, len(lines))
	if strings.HasSuffix(what, "end of stream") && same(1) {
		return 1
	}
	return reported + sort.Search(len(lines)-reported, func(i int) bool { return same(reported + i) })
}

// check is what keeps a text from being YAML, in its first two documents.
func check(data []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for range 2 {
		if err := decoder.Decode(new(yaml.Node)); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}
