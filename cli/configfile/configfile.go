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

const (
	flagConfig = "config" // the flag that names the file
	maxSize    = 1 << 20  // of the file
)

// Bind gives each flag of fs that has no value yet, from the command line or from its variable, that of the file. known are
// the names of the flags of all commands: a key that another command has is not looked at, so that one file serves them
// all. Every other key is an error. Errors are *cli.UsageError and name file, line and column. The origins then name the
// place of each value.
func Bind(fs *pflag.FlagSet, path string, known []string, origins *cli.Origins) error {
	f := file{path, fs, known, origins}
	root, err := f.read()
	if err != nil {
		return err
	}
	return f.bind(root)
}

// read gives the mapping of the file; nil: the file is empty.
func (f *file) read() (*yaml.Node, error) {
	opened, err := os.Open(f.path)
	if err != nil {
		return nil, f.origins.Wrongf(flagConfig, ": %w", err)
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, maxSize+1))
	if err != nil {
		return nil, f.origins.Wrongf(flagConfig, ": %w", err)
	}
	if len(text) > maxSize {
		return nil, f.origins.Wrongf(flagConfig, " %s: is larger than %d bytes", f.path, maxSize)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, syntaxError(f.path, text, err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, cli.Usagef("%s: a second document: one file has one", f.at(&second))
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(f.path, text, err)
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
	if err := f.check(key, flag != nil); err != nil {
		return err
	}
	items, err := f.items(name, value)
	if err != nil || flag == nil || flag.Changed {
		return err
	}
	list, isList := flag.Value.(pflag.SliceValue)
	switch {
	case value.Kind == yaml.SequenceNode && !isList:
		return cli.Usagef("%s: %s is one value, not a list", f.at(value), name)
	case isList:
		if err := list.Replace(nil); err != nil {
			return cli.Usagef("%s: %s: %w", f.at(value), name, err)
		}
	}
	f.origins.Place(name, f.at(value)+": "+name)
	for _, item := range items {
		f.origins.PlaceItem(name, item.Value, f.at(item)+": "+name)
		if err := f.fs.Set(name, item.Value); err != nil {
			return f.origins.ReadError(err)
		}
	}
	flag.Changed = true // an empty list, too
	return nil
}

// check looks whether a key may stand in a file. isFlag: this command has a flag of that name.
func (f *file) check(key *yaml.Node, isFlag bool) error {
	name := key.Value
	switch {
	case key.Kind != yaml.ScalarNode:
		return cli.Usagef("%s: a key is one word, the name of a flag without --", f.at(key))
	case name == flagConfig || name == "help" || name == "version":
		return cli.Usagef("%s: %s is for the command line only", f.at(key), name)
	case isFlag || slices.Contains(f.known, name):
		return nil
	}
	text := fmt.Sprintf("%s: unknown key %q", f.at(key), name)
	if near := f.origins.Program.Near(name, f.known); near != "" {
		text += "; the nearest is " + near
	}
	return cli.Usagef("%s", text)
}

// items are the values of a key: one, or those of a list.
func (f *file) items(name string, value *yaml.Node) ([]*yaml.Node, error) {
	switch {
	case value.Kind == yaml.ScalarNode && value.Tag != "!!null":
		return []*yaml.Node{value}, nil
	case value.Kind == yaml.ScalarNode:
		return nil, cli.Usagef("%s: %s has no value", f.at(value), name)
	case value.Kind != yaml.SequenceNode:
		return nil, cli.Usagef("%s: %s is one value or a list of values", f.at(value), name)
	}
	for _, item := range value.Content {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			return nil, cli.Usagef("%s: an item of %s is one value", f.at(item), name)
		}
	}
	return value.Content, nil
}
