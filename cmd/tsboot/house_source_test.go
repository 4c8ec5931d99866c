package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tsboot/tsboot"

// A platform is one that CI compiles for.
type platform struct{ os, arch string }

var platforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}}

func (p platform) String() string { return p.os + "/" + p.arch }

// goPackage is the part of `go list -json` that the rules look at.
type goPackage struct {
	ImportPath string
	Doc        string
	GoFiles    []string
	Imports    []string
	path       string // in the module
}

func listPackages(t *testing.T, p platform) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Doc,GoFiles,Imports", module+"/...")
	cmd.Env = append(os.Environ(), "GOOS="+p.os, "GOARCH="+p.arch, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		p.path = strings.TrimPrefix(p.ImportPath, module+"/")
		packages = append(packages, p)
	}
}

// sourceFile is a Go file of the product, whatever platform it is for.
type sourceFile struct {
	path   string // in the module
	text   []byte
	fset   *token.FileSet
	syntax *ast.File
}

// productFiles are the Go files of the rooms that are not for tests, without their tests.
func productFiles(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	for _, room := range readRooms(t) {
		names, err := filepath.Glob(filepath.Join("../..", room.path, "*.go"))
		if err != nil || len(names) == 0 && !room.forTests {
			t.Errorf("no Go file in %s: %v", room.path, err)
		}
		for _, name := range names {
			if !room.forTests && !strings.HasSuffix(name, "_test.go") {
				files = append(files, parseFile(t, path.Join(room.path, filepath.Base(name))))
			}
		}
	}
	return files
}

func parseFile(t *testing.T, name string) sourceFile {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return sourceFile{name, text, fset, syntax}
}

func (f sourceFile) dir() string { return path.Dir(f.path) }

func (f sourceFile) imports() []string {
	var all []string
	for _, spec := range f.syntax.Imports {
		name, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
		all = append(all, name)
	}
	return all
}

// A use is one that the second table may have a row for: "os.Exit", "func init", "go:linkname".
type use struct{ what, at string }

func (f sourceFile) uses() []use {
	var all []use
	add := func(what string, pos token.Pos) { all = append(all, use{what, f.fset.Position(pos).String()}) }
	packages := map[string]string{} // by the name in this file
	for i, imported := range f.imports() {
		name := path.Base(imported)
		if spec := f.syntax.Imports[i]; spec.Name != nil {
			name = spec.Name.Name
		}
		packages[name] = imported
		if name == "." {
			add("import .", f.syntax.Imports[i].Pos())
		}
	}
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.SelectorExpr:
			if name, ok := node.X.(*ast.Ident); ok && packages[name.Name] != "" {
				add(packages[name.Name]+"."+node.Sel.Name, node.Pos())
			}
		case *ast.FuncDecl:
			if node.Recv == nil && node.Name.Name == "init" {
				add("func init", node.Pos())
			}
		}
		return true
	})
	for _, group := range f.syntax.Comments {
		for _, comment := range group.List {
			if strings.HasPrefix(comment.Text, "//go:linkname ") {
				add("go:linkname", comment.Pos())
			}
		}
	}
	return all
}

// declares says whether the file has a function or method of that name.
func (f sourceFile) declares(name string) bool {
	return slices.ContainsFunc(f.syntax.Decls, func(d ast.Decl) bool {
		function, ok := d.(*ast.FuncDecl)
		return ok && function.Name.Name == name
	})
}

// codeLines counts the lines that hold more than blanks and comments.
func (f sourceFile) codeLines(t *testing.T) int {
	t.Helper()
	fset := token.NewFileSet()
	file := fset.AddFile(f.path, -1, len(f.text))
	var s scanner.Scanner
	s.Init(file, f.text, nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue
		}
		for i := range strings.Count(literal, "\n") + 1 {
			lines[file.Line(pos)+i] = true
		}
	}
}
