package main

import (
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A room is a row of the table of rooms in docs/design.md. A path that ends with "/..." has all packages below it, too,
// and is for tests, the demo and benchmarks: the second table does not bind it.
type room struct {
	path     string
	forTests bool
	imports  []string // rooms
}

type rooms []room

// of is the room of a package.
func (r rooms) of(path string) (room, bool) {
	i := slices.IndexFunc(r, func(one room) bool { return one.has(path) })
	if i < 0 {
		return room{}, false
	}
	return r[i], true
}

func (r room) has(path string) bool {
	return path == r.path || r.forTests && strings.HasPrefix(path, r.path+"/")
}

func (r room) mayImport(path string) bool {
	return slices.Contains(r.imports, path) || r.forTests && r.has(path)
}

// A rule is a row of the second table: what only these rooms or files may import or use.
type rule struct {
	what  string
	where []string // nil: nowhere
	why   string
}

// isAbout says whether the rule is about a package or a call. A rule that ends with "/" is about all packages below.
func (r rule) isAbout(what string) bool {
	return what == r.what || strings.HasSuffix(r.what, "/") && strings.HasPrefix(what, r.what)
}

// allows takes the path of a file.
func (r rule) allows(file string) bool {
	return slices.Contains(r.where, file) || slices.Contains(r.where, path.Dir(file))
}

func readRooms(t *testing.T) rooms {
	t.Helper()
	var all rooms
	for _, cells := range readTable(t, "| room | what lives there | may import |") {
		name, forTests := strings.CutSuffix(words(cells[0])[0], "/...")
		all = append(all, room{path: name, forTests: forTests, imports: words(cells[2])})
	}
	return all
}

func readRules(t *testing.T) []rule {
	t.Helper()
	var all []rule
	for _, cells := range readTable(t, "| what | only in | why |") {
		for _, what := range words(cells[0]) {
			all = append(all, rule{what: what, where: words(cells[1]), why: strings.TrimSpace(cells[2])})
		}
	}
	return all
}

// readTable gives the cells of each row below the header.
func readTable(t *testing.T, header string) [][]string {
	t.Helper()
	text := readDesign(t)
	_, table, ok := strings.Cut(text, header+"\n")
	if !ok {
		t.Fatalf("docs/design.md has no table %s", header)
	}
	var rows [][]string
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") {
			break
		}
		if len(cells) != 3 {
			t.Fatalf("docs/design.md: want three cells in %s", line)
		}
		rows = append(rows, cells)
	}
	return rows[1:] // the first is the line under the header
}

func readDesign(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var quotedWord = regexp.MustCompile("`([^`]+)`")

// words are those between backquotes.
func words(cell string) []string {
	var all []string
	for _, match := range quotedWord.FindAllStringSubmatch(cell, -1) {
		all = append(all, match[1])
	}
	return all
}

// notFunctions are words of the walks that are written like a function and are none.
var notFunctions = []string{"Value"}

func isFunctionName(word string) bool {
	return token.IsIdentifier(word) && !slices.Contains(notFunctions, word)
}
