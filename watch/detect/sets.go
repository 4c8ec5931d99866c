package detect

import (
	"embed"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/cli/strictyaml"
)

// Names of the built-in rule sets.
const (
	BaseRuleSet   = "Base Rule Set"
	DockerRuleSet = "Docker Rule Set"
)

//go:embed sets/*.yaml
var builtin embed.FS

// library is the rules of all files that were read, in force or not.
type library struct {
	compiler *compiler
	files    []*ruleFile // the built-in ones first
}

// newLibrary reads the built-in sets.
func newLibrary() (*library, error) {
	s, err := newShape()
	if err != nil {
		return nil, err
	}
	c, err := newCompiler(s)
	if err != nil {
		return nil, err
	}
	l := &library{compiler: c}
	entries, err := builtin.ReadDir("sets")
	if err != nil {
		return nil, fmt.Errorf("read the built-in rules: %w", err)
	}
	for _, entry := range entries {
		data, err := builtin.ReadFile("sets/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read the built-in rules: %w", err)
		}
		f := parse(s, entry.Name(), data)
		f.builtin = true
		l.files = append(l.files, f)
	}
	return l, nil
}

// add reads rule files. A file that cannot be read is an error at once.
func (l *library) add(paths ...string) error {
	for _, path := range paths {
		data, err := readFile(path)
		if err != nil {
			return fmt.Errorf("read the rule file: %w", err)
		}
		l.files = append(l.files, parse(l.compiler.shape, path, data))
	}
	return nil
}

// readFile reads a file, and of one that is too large no more than shows it.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, strictyaml.MaxSize+1))
}

// addDirs reads the *.yaml of directories, in the order of their names. Hidden files are an editor's.
func (l *library) addDirs(dirs []string) error {
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("read the directory of rules: %w", err)
		}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			if info, err := os.Stat(path); filepath.Ext(path) != ".yaml" || entry.Name()[0] == '.' || err == nil && info.IsDir() {
				continue
			}
			if err := l.add(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// compile checks all expressions of one's own files and of the built-in sets that are named, and that the files go together.
// The error has everything that is wrong with them.
func (l *library) compile(builtin ...string) error {
	var problems []Problem
	l.twice()
	for _, f := range l.files {
		if f.builtin && !slices.Contains(builtin, f.set) {
			continue
		}
		lists := l.lists(f)
		for _, r := range f.rules {
			l.compiler.rule(f.reader, r, lists)
		}
		problems = append(problems, f.Problems...)
	}
	return asError(problems)
}

// lists are those of the set that a file belongs to. A list of one's own replaces the built-in one that has its name.
func (l *library) lists(of *ruleFile) map[string]list {
	all := make(map[string]list)
	for _, f := range l.files {
		if f.set == of.set {
			maps.Copy(all, f.lists)
		}
	}
	return all
}

// twice reports ids of rules, and lists of a set, that two files of one's own have. Which one holds would be left to chance.
func (l *library) twice() {
	ids, lists := make(map[string]Pos), make(map[[2]string]Pos)
	for _, f := range l.files {
		if f.builtin {
			continue
		}
		for _, r := range f.rules {
			first, again := ids[r.id]
			if again && r.id != "" && first.File != r.at.File {
				f.FailAt(r.at, fmt.Sprintf("the first is at %s; keep one", first), "the id %q appears twice", r.id)
			}
			ids[r.id] = r.at
		}
		for name, own := range f.lists {
			first, again := lists[[2]string{f.set, name}]
			if again && first.File != own.at.File {
				f.FailAt(own.at, fmt.Sprintf("the first is at %s; keep one", first), "the list %q of %q appears twice", strictyaml.Clip(name), strictyaml.Clip(f.set))
			}
			lists[[2]string{f.set, name}] = own.at
		}
	}
}

// trimmed are names of sets as a person writes them in a list.
func trimmed(sets []string) []string {
	names := make([]string, len(sets))
	for i, name := range sets {
		names[i] = strings.TrimSpace(name)
	}
	return names
}

// choose gives the rules of the named sets: the built-in ones first, each file in its order. An own rule with the id of a
// built-in one stands in its place.
func (l *library) choose(sets []string) ([]*rule, error) {
	known := l.sets()
	for _, name := range sets {
		if !slices.Contains(known, name) {
			return nil, &Error{[]Problem{{What: fmt.Sprintf("unknown rule set %q", strictyaml.Clip(name)), Fix: strictyaml.Nearest(name, known)}}}
		}
	}
	var chosen []*rule
	for _, f := range l.files {
		if !slices.Contains(sets, f.set) {
			continue
		}
		for _, r := range f.rules {
			same := func(other *rule) bool { return other.id == r.id }
			if i := slices.IndexFunc(chosen, same); i >= 0 {
				chosen[i] = r
			} else {
				chosen = append(chosen, r)
			}
		}
	}
	return chosen, nil
}

// sets are the names of all sets.
func (l *library) sets() []string {
	var names []string
	for _, f := range l.files {
		if f.set != "" && !slices.Contains(names, f.set) {
			names = append(names, f.set)
		}
	}
	return names
}
