package main

import (
	"fmt"
	"os/exec"
	"strings"

	"go.yaml.in/yaml/v3"
)

// profile is what a page takes from `tsboot profiles show`: keys, and the comments at the head and at the parameters.
type profile struct {
	Description string
	Parameters  yaml.Node
	Files       []struct{ Path, Mode, Owner, Base, When string }
	Setup       []command
	BeforeStart []command `yaml:"before-start"`
	Run         struct {
		Argv      []string
		OnRefresh string `yaml:"on-refresh"`
		Grace     string
	}
	Health       *command
	Capabilities []string

	about         string   // the head comment, paragraphs as they are
	documentation []string // addresses
	image         string   // the address of the vendor's
}

type command struct {
	Name string
	Argv []string
}

type parameter struct {
	Name     string `yaml:"-"`
	About    string `yaml:"-"`
	Required bool
	Secret   bool
	Default  yaml.Node
	Env      []string
	Enum     []string
}

func readProfile(tsboot, name string) (*profile, error) {
	out, err := tsbootOutput(tsboot, "profiles", "show", name)
	if err != nil {
		return nil, err
	}
	var p profile
	if err := yaml.Unmarshal([]byte(out), &p); err != nil {
		return nil, err
	}
	p.readHead(out)
	if len(p.documentation) == 0 {
		return nil, fmt.Errorf("its head has no line %q", documentation)
	}
	return &p, nil
}

// What the lines of a head begin with that name an address.
const (
	documentation = "Documentation: "
	image         = "Image: "
)

// readHead takes the comment before the first key apart.
func (p *profile) readHead(source string) {
	var about []string
	for line := range strings.Lines(source) {
		text, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "#")
		if !ok {
			break
		}
		text = strings.TrimPrefix(text, " ")
		if address, found := strings.CutPrefix(text, documentation); found {
			p.documentation = append(p.documentation, address)
		} else if address, found := strings.CutPrefix(text, image); found {
			p.image = address
		} else {
			about = append(about, text)
		}
	}
	p.about = strings.TrimSpace(strings.Join(about, "\n"))
}

// parameters are in the profile's order, each with the comment above it.
func (p *profile) parameters() ([]parameter, error) {
	var list []parameter
	for i := 0; i+1 < len(p.Parameters.Content); i += 2 {
		key, node := p.Parameters.Content[i], p.Parameters.Content[i+1]
		d := parameter{Name: key.Value, About: uncomment(key.HeadComment)}
		if d.About == "" {
			return nil, fmt.Errorf("parameter %s has no comment above it", d.Name)
		}
		if err := node.Decode(&d); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

func uncomment(comment string) string {
	lines := strings.Split(comment, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(strings.TrimPrefix(line, "#"))
	}
	return strings.Join(lines, " ")
}

// tsbootOutput runs tsboot without any environment: the pages are the same on every machine.
func tsbootOutput(tsboot string, args ...string) (string, error) {
	cmd := exec.Command(tsboot, args...)
	cmd.Env = []string{}
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("tsboot %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}
