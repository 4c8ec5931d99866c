//go:build linux

package pid1

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

// spec is how a case starts the init.
type spec struct {
	child  []string
	set    []adapter.Setting
	env    []string
	launch testenv.Launch // what is not filled in from the above
}

// startPlain starts a puppet where the init would be: it starts the init itself then.
func (r *run) startPlain(name string, l testenv.Launch) *testenv.Puppet {
	l.Argv = r.PuppetArgv(name, "")
	l.Env = environment
	_, err := r.Start(r.furnished(l))
	r.must(err)
	return r.puppet(name)
}

// environment is every init's. GORACE keeps a puppet of a -race test from sleeping a second before it ends.
var environment = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", "LANG=C", "TERM=dumb", "GORACE=atexit_sleep_ms=0"}

// start starts the init.
func (r *run) start(s spec) *testenv.Init {
	for _, set := range s.set {
		if !r.init.Has(set.Option) {
			panic(lacking{string(set.Option)})
		}
	}
	if r.init.Has(adapter.RunDirectory) {
		s.set = append(s.set, adapter.Set(adapter.RunDirectory, filepath.Join(r.dir, "run")))
	}
	argv, env, err := r.init.Argv(s.child, s.set...)
	r.must(err)
	l := s.launch
	l.Argv = argv
	l.Env = withEnv(environment, slices.Concat(env, s.env)...)
	i, err := r.Start(r.furnished(l))
	r.must(err)
	return i
}

// withEnv lays entries over an environment: a name stands there once.
func withEnv(env []string, entries ...string) []string {
	for _, e := range entries {
		name, _, _ := strings.Cut(e, "=")
		env = append(slices.DeleteFunc(slices.Clone(env), func(old string) bool {
			return strings.HasPrefix(old, name+"=")
		}), e)
	}
	return env
}

// furnished fills in a directory and standard files: the input is empty, output and errors go to a file each.
func (r *run) furnished(l testenv.Launch) testenv.Launch {
	if l.Dir == "" {
		l.Dir = r.dir
	}
	if l.Stdin == nil {
		l.Stdin = r.open(os.DevNull, os.O_RDWR)
	}
	if l.Stdout == nil {
		l.Stdout = r.open(filepath.Join(r.dir, "stdout"), os.O_CREATE|os.O_APPEND|os.O_RDWR)
	}
	if l.Stderr == nil {
		l.Stderr = r.open(filepath.Join(r.dir, "stderr"), os.O_CREATE|os.O_APPEND|os.O_RDWR)
	}
	return l
}

// startPuppet starts the init over a puppet called "child" and waits for that.
func (r *run) startPuppet(s spec, traits string) (*testenv.Init, *testenv.Puppet) {
	r.Forget("child")
	s.child = r.PuppetArgv("child", traits)
	i := r.start(s)
	return i, r.puppet("child")
}

func (r *run) puppet(name string) *testenv.Puppet {
	p, err := r.Puppet(name, max(r.patience, 12*time.Second))
	if err != nil {
		r.no("%s was not started%s", name, r.said())
	}
	return p
}
