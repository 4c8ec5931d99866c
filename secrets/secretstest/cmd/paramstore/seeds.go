package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// demo is what the store holds when nothing is given.
var demo = []secretstest.Seed{
	{Name: "/demo/prod/api-key", Value: "not-a-real-key-0123456789"},
	{Name: "/demo/prod/log-level", Value: "debug", Type: secretstest.TypeString},
}

// readSeeds takes the parameters from files and flags, in that order: a later one of the same name is a new version.
func (o *options) readSeeds(files, secure, plain []string) error {
	for _, file := range files {
		list, err := readFile(file)
		if err != nil {
			return err
		}
		o.seeds = append(o.seeds, list...)
	}
	for _, given := range []struct {
		typ   string
		pairs []string
	}{{secretstest.TypeSecureString, secure}, {secretstest.TypeString, plain}} {
		for _, pair := range given.pairs {
			name, value, ok := strings.Cut(pair, "=")
			if !ok {
				return fmt.Errorf("a parameter is NAME=VALUE, and this one has no =: %q", pair)
			}
			o.seeds = append(o.seeds, secretstest.Seed{Name: name, Value: value, Type: given.typ})
		}
	}
	for _, s := range o.seeds {
		if err := check(s); err != nil {
			return err
		}
	}
	if len(o.seeds) == 0 {
		o.seeds = demo
	}
	return nil
}

// readFile reads a mapping of names to values, or a list of seeds.
func readFile(file string) ([]secretstest.Seed, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []secretstest.Seed
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(root.Content) > 0 && root.Content[0].Kind == yaml.MappingNode {
		pairs := root.Content[0].Content
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1].Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("read %s: line %d: the value of %s is not a text", file, pairs[i+1].Line, pairs[i].Value)
			}
			list = append(list, secretstest.Seed{Name: pairs[i].Value, Value: pairs[i+1].Value})
		}
		return list, nil
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return list, nil
}

// check refuses what AWS would not store.
func check(s secretstest.Seed) error {
	types := []string{"", secretstest.TypeString, secretstest.TypeStringList, secretstest.TypeSecureString}
	switch {
	case s.Name == "" || strings.ContainsAny(s.Name, " \t\n\"'") || strings.HasSuffix(s.Name, "/"):
		return fmt.Errorf("parameter %q: not a name", s.Name)
	case s.Value == "":
		return fmt.Errorf("parameter %q: no value, and AWS stores no empty one", s.Name)
	case !slices.Contains(types, s.Type):
		return fmt.Errorf("parameter %q: no type %q; there are %s", s.Name, s.Type, strings.Join(types[1:], ", "))
	}
	return nil
}
