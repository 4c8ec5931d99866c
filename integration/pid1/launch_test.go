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

// startPlain starts a helper where the init would be: it starts the init itself then.
func (r *run) startPlain(name string, l testenv.Launch) *testenv.Helper {
	l.Argv = r.HelperArgv(name, "")
	l.Env = environment
	_, err := r.Start(r.furnished(l))
	r.must(err)
	return r.helper(name)
}

// environment is every init's. GORACE keeps a helper of a -race test from sleeping a second before it ends.
var environment = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", "LANG=C", "TERM=dumb", "GORACE=atexit_sleep_ms=0"}

// argv is the init's command line and environment for a child, with a run directory of its own: two of one directory would
// keep each other out.
func (r *run) argv(child []string, set ...adapter.Setting) (argv, env []string) {
	if r.init.Has(adapter.RunDirectory) {
		set = append(set, adapter.Set(adapter.RunDirectory, filepath.Join(r.dir, "run")))
	}
	argv, env, err := r.init.Argv(child, set...)
	r.must(err)
	return argv, env
}

// start starts the init.
func (r *run) start(s spec) *testenv.Init {
	for _, set := range s.set {
		if !r.init.Has(set.Option) {
			panic(lacking{string(set.Option)})
		}
	}
	argv, env := r.argv(s.child, s.set...)
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

// startHelper starts the init over a helper called "child" and waits for that.
func (r *run) startHelper(s spec, traits string) (*testenv.Init, *testenv.Helper) {
	r.Forget("child")
	s.child = r.HelperArgv("child", traits)
	i := r.start(s)
	return i, r.helper("child")
}

func (r *run) helper(name string) *testenv.Helper {
	p, err := r.Helper(name, max(r.patience, 12*time.Second))
	if err != nil {
		r.no("%s was not started%s", name, r.said())
	}
	return p
}
