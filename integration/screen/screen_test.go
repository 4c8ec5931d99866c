package screen

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

const shown = "$ tsboot check\r\n  \x1b[32mok\x1b[0m  <a> & \"b\"\r\n  \x1b[1;31mbad\x1b[39m still bold\n\x1b[22mplain\x1b[2K\n"

// texts are the lines of a picture, as a reader would copy them.
func texts(t *testing.T, picture string) []string {
	t.Helper()
	var lines []string
	depth := 0
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%s", err, picture)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "text" {
				depth++
				lines = append(lines, "")
			}
		case xml.EndElement:
			if token.Name.Local == "text" {
				depth--
			}
		case xml.CharData:
			if depth > 0 {
				lines[len(lines)-1] += string(token)
			}
		}
	}
}

func TestSVGHasTheText(t *testing.T) {
	t.Parallel()
	picture := SVG("check & more", shown)
	got := strings.Join(texts(t, picture), "\n")
	if want := strings.TrimRight(Plain(shown), "\n"); got != want {
		t.Errorf("the picture's text is\n%s\nwant\n%s", got, want)
	}
	for _, want := range []string{`<tspan class="green">ok</tspan>`, `<tspan class="bold red">bad</tspan><tspan class="bold"> still bold</tspan>`, ">plain</text>", "<title>check &amp; more</title>"} {
		if !strings.Contains(picture, want) {
			t.Errorf("no %s in\n%s", want, picture)
		}
	}
}

func TestSVGWrapsLongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", Columns-1)
	for text, want := range map[string][]string{
		long + "a":                           {long + "a"},
		long + "ab":                          {long + "a", "b"},
		"\x1b[31m" + long + "\x1b[0mabcd\ne": {long + "a", "bcd", "e"},
	} {
		if got := texts(t, SVG("t", text)); !slices.Equal(got, want) {
			t.Errorf("wrapped to %q", got)
		}
	}
}
