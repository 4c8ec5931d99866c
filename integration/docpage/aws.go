package docpage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Parameter is what `aws ssm put-parameter` puts.
type Parameter struct {
	Name, Value, Type string
	Overwrite         bool
}

// AWS stands in for the AWS CLI, which no test installs. `aws ssm put-parameter` calls put; every other call is for other,
// which may be nil and then fails. A value that comes from a file must be one that only its owner can read.
func (p *Page) AWS(put func(Parameter), other func(dir string, args []string) Result) {
	p.t.Helper()
	p.Func("aws", func(dir string, args []string) Result {
		if len(args) < 2 || args[0] != "ssm" || args[1] != "put-parameter" {
			if other != nil {
				return other(dir, args)
			}
			p.t.Errorf("this test does not know aws %q", args)
			return Result{Code: 252}
		}
		parameter, err := parameterOf(dir, args[2:])
		if err != nil {
			p.t.Errorf("aws %q: %v", args, err)
			return Result{Code: 252}
		}
		put(parameter)
		return Result{}
	})
}

// parameterOf reads the flags of put-parameter.
func parameterOf(dir string, args []string) (Parameter, error) {
	var p Parameter
	for len(args) > 0 {
		flag := args[0]
		args = args[1:]
		if flag == "--overwrite" {
			p.Overwrite = true
			continue
		}
		if len(args) == 0 {
			return p, fmt.Errorf("%s has no value", flag)
		}
		switch flag {
		case "--name":
			p.Name = args[0]
		case "--type":
			p.Type = args[0]
		case "--value":
			p.Value = args[0]
		case "--region", "--key-id", "--tier", "--description": // nothing that a boot sees
		default:
			return p, fmt.Errorf("%s is not known here", flag)
		}
		args = args[1:]
	}
	file, found := strings.CutPrefix(p.Value, "file://")
	if found {
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		info, err := os.Stat(file)
		if err != nil {
			return p, err
		}
		if p.Type == "SecureString" && info.Mode().Perm()&0o077 != 0 {
			return p, fmt.Errorf("others can read %s", file)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return p, err
		}
		p.Value = string(data) // the AWS CLI takes the file as it is
	}
	if p.Name == "" || p.Value == "" || p.Type != "SecureString" && p.Type != "String" && p.Type != "StringList" {
		return p, fmt.Errorf("not a whole parameter: name %q, type %q", p.Name, p.Type)
	}
	return p, nil
}
