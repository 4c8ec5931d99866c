package configfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli"
)

// maxSize is the largest file that is read.
const maxSize = 1 << 20

// Bind gives each flag of fs that has no value yet, from the command line or from its variable, that of the file. known are
// the names of the flags of all commands: a key that another command has is not looked at, so that one file serves them
// all. Every other key is an error. Errors are *cli.UsageError and name file, line and column. The origins then name the
// place of each value.
func Bind(fs *pflag.FlagSet, path string, known []string, origins *cli.Origins) error {
	root, err := read(path)
	if err != nil {
		return err
	}
	f := file{path, fs, known, origins}
	return f.bind(root)
}

// read gives the mapping of the file; nil: the file is empty.
func read(path string) (*yaml.Node, error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, cli.Usagef("read the configuration: %w", err)
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, maxSize+1))
	if err != nil {
		return nil, cli.Usagef("read the configuration: %w", err)
	}
	if len(text) > maxSize {
		return nil, cli.Usagef("read the configuration: %s is larger than %d bytes", path, maxSize)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, syntaxError(path, text, err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, cli.Usagef("%s:%d:%d: a second document: one file has one", path, second.Line, second.Column)
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(path, text, err)
	}
	return document.Content[0], nil
}

// syntaxError names the line, which the library has only in its text. Of JSON the place is known better.
func syntaxError(path string, text []byte, err error) error {
	var wrong *json.SyntaxError
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) && errors.As(json.Unmarshal(text, new(any)), &wrong) {
		before := text[:max(0, int(wrong.Offset)-1)]
		line := bytes.LastIndexByte(before, '\n') + 1
		return cli.Usagef("%s:%d:%d: %w", path, bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[line:])+1, wrong)
	}
	line, said := 1, err.Error()
	if found := regexp.MustCompile(`^yaml: line (\d+): `).FindStringSubmatch(said); found != nil {
		line, _ = strconv.Atoi(found[1])
		said = said[len(found[0]):]
	}
	return cli.Usagef("%s:%d:1: %s", path, line, strings.TrimPrefix(said, "yaml: "))
}

// file is one file with what its keys may be.
type file struct {
	path    string
	fs      *pflag.FlagSet
	known   []string
	origins *cli.Origins
}

// at begins a message about a place.
func (f *file) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d:%d", f.path, n.Line, n.Column) }

func (f *file) bind(root *yaml.Node) error {
	switch {
	case root == nil, root.Kind == yaml.ScalarNode && root.Tag == "!!null":
		return nil
	case root.Kind != yaml.MappingNode:
		return cli.Usagef("%s: want keys with values: each key is the name of a flag without --", f.at(root))
	}
	seen := map[string]*yaml.Node{}
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if first := seen[key.Value]; first != nil {
			return cli.Usagef("%s: the key %q stands twice, first at line %d", f.at(key), key.Value, first.Line)
		}
		seen[key.Value] = key
		if err := f.set(key, value); err != nil {
			return err
		}
	}
	return nil
}

// set gives one flag its value.
func (f *file) set(key, value *yaml.Node) error {
	name := key.Value
	flag := f.fs.Lookup(name)
	if name == "config" || name == "help" || name == "version" {
		return cli.Usagef("%s: %s is for the command line only", f.at(key), name)
	}
	if key.Kind != yaml.ScalarNode || flag == nil && !slices.Contains(f.known, name) {
		text := fmt.Sprintf("%s: unknown key %q", f.at(key), name)
		if near := f.origins.Program.Near(name, f.known); near != "" {
			text += "; the nearest is " + near
		}
		return cli.Usagef("%s", text)
	}
	var words []string
	switch value.Kind {
	case yaml.ScalarNode:
		words = []string{value.Value}
	case yaml.SequenceNode:
		for _, item := range value.Content {
			if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
				return cli.Usagef("%s: an item of %s is one value", f.at(item), name)
			}
			words = append(words, item.Value)
		}
	default:
		return cli.Usagef("%s: %s is one value or a list of values", f.at(value), name)
	}
	if value.Tag == "!!null" {
		return cli.Usagef("%s: %s has no value", f.at(value), name)
	}
	if flag == nil {
		return nil
	}
	list, isList := flag.Value.(pflag.SliceValue)
	switch {
	case flag.Changed:
		return nil
	case value.Kind == yaml.SequenceNode && !isList:
		return cli.Usagef("%s: %s is one value, not a list", f.at(value), name)
	case isList:
		if err := list.Replace(nil); err != nil {
			return cli.Usagef("%s: %s: %w", f.at(value), name, err)
		}
	}
	f.origins.Place(name, f.at(value)+": "+name)
	for _, word := range words {
		if err := f.fs.Set(name, word); err != nil {
			return f.origins.ReadError(err)
		}
	}
	flag.Changed = true // an empty list, too
	return nil
}
