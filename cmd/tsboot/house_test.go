package main

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// How much a package may hold: lines of code, without blank lines and comments.
const (
	roomLimit = 5000
	mainLimit = 1200 // of a program
)

// TestImportsPointOneWay holds every package, for every platform, to the table of rooms in docs/design.md: the arrows
// point one way, so that secrets and the process tree can be read, tested and reused alone.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	rooms := readRooms(t)
	for _, platform := range platforms {
		for _, p := range listPackages(t, platform) {
			room, ok := rooms.of(p.path)
			if !ok {
				t.Errorf("%s: the table of rooms in docs/design.md does not have it", p.path)
				continue
			}
			for _, imported := range p.Imports {
				if own, ok := strings.CutPrefix(imported, module+"/"); ok && !room.mayImport(own) {
					t.Errorf("%s: %s imports %s: it may import %v", platform, p.path, own, room.imports)
				}
			}
		}
	}
}

// TestOnlyWhereTheTableSays holds every file of the product, for whatever platform, to the second table: imports, calls of
// os that work on the whole process, init functions. A row says no more than is so.
func TestOnlyWhereTheTableSays(t *testing.T) {
	t.Parallel()
	rules := readRules(t)
	found := map[string]bool{} // by row and place
	for _, file := range productFiles(t) {
		uses := file.uses()
		for _, imported := range file.imports() {
			uses = append(uses, use{imported, file.path})
		}
		for _, use := range uses {
			for _, rule := range rules {
				if !rule.isAbout(use.what) {
					continue
				}
				found[rule.why+file.path], found[rule.why+file.dir()] = true, true
				if !rule.allows(file.path) {
					t.Errorf("%s: %s: only %v may: %s", use.at, use.what, rule.where, rule.why)
				}
			}
		}
	}
	for _, rule := range rules {
		for _, where := range rule.where {
			if !found[rule.why+where] {
				t.Errorf("docs/design.md lets %s use %s, and nothing there does", where, rule.what)
			}
		}
	}
}

// TestRoomsAreThere: the table of rooms has no row for what is gone, and the image is built from every room.
func TestRoomsAreThere(t *testing.T) {
	t.Parallel()
	var packages []string
	for _, platform := range platforms {
		for _, p := range listPackages(t, platform) {
			packages = append(packages, p.path)
		}
	}
	for _, room := range readRooms(t) {
		if !slices.ContainsFunc(packages, room.has) {
			t.Errorf("docs/design.md has the room %s, and there is no package in it", room.path)
		}
	}
	ignore, err := os.ReadFile("../../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	context := strings.Split(string(ignore), "\n")
	for _, file := range productFiles(t) {
		top, _, _ := strings.Cut(file.path, "/")
		if !slices.Contains(context, "!"+top) {
			t.Errorf(".dockerignore keeps %s out of the image's build", top)
			context = append(context, "!"+top)
		}
	}
}

func TestNoRoomIsTooLarge(t *testing.T) {
	t.Parallel()
	lines := map[string]int{}
	for _, file := range productFiles(t) {
		lines[file.dir()] += file.codeLines(t)
	}
	for _, dir := range slices.Sorted(maps.Keys(lines)) {
		limit := roomLimit
		if strings.HasPrefix(dir, "cmd/") {
			limit = mainLimit
		}
		t.Logf("%-20s %5d lines of code, at most %d", dir, lines[dir], limit)
		if lines[dir] > limit {
			t.Errorf("%s has %d lines of code, more than %d", dir, lines[dir], limit)
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	t.Parallel()
	for _, platform := range platforms {
		for _, p := range listPackages(t, platform) {
			if len(p.GoFiles) > 0 && p.Doc == "" {
				t.Errorf("%s: %s has no package comment", platform, p.path)
			}
		}
	}
}

// TestWalksAreTrue: the functions by which docs/design.md walks values through the program are where it says.
func TestWalksAreTrue(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(readDesign(t), "## Three values on their way\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var file sourceFile
	functions := 0
	for _, word := range words(section) {
		switch {
		case strings.HasSuffix(word, "_test.go"):
		case strings.HasSuffix(word, ".go"):
			file = parseFile(t, word)
		case isFunctionName(word):
			functions++
			if !file.declares(word) {
				t.Errorf("docs/design.md: %s has no function %s", file.path, word)
			}
		}
	}
	if functions < 30 {
		t.Errorf("docs/design.md walks through %d functions only", functions)
	}
}
