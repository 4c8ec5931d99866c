//go:build linux

package pid1

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
	"github.com/tsboot/tsboot/integration/require"
)

// caseGroup is a heading of the table.
type caseGroup struct {
	title string
	cases []testCase
}

func caseGroups() []caseGroup {
	return []caseGroup{
		{"Starting the child", startCases()},
		{"Signals", signalCases()},
		{"The child's end", exitCases()},
		{"Orphans", reapCases()},
		{"Stop", stopCases()},
		{"What the child leaves behind", drainCases()},
		{"Outside and above", outsideCases()},
		{"Terminal", terminalCases()},
		{"Quiet", quietCases()},
		{"Restart", restartCases()},
		{"Setup, health, daemons", bootCases()},
	}
}

// results are the answers by case, init and mode.
type results struct {
	mu  sync.Mutex
	got map[resultKey]verdict
}

type resultKey struct {
	id, init string
	mode     testenv.Mode
}

// TestTable puts every case to every init, in both modes, and prints the table.
func TestTable(t *testing.T) {
	namespaces(t)
	groups := caseGroups()
	if err := checkCases(groups); err != nil {
		t.Fatal(err)
	}
	inits := inits(t)
	res := &results{got: make(map[resultKey]verdict)}
	t.Run("inits", func(t *testing.T) {
		for _, init := range inits {
			t.Run(init.Name, func(t *testing.T) {
				t.Parallel()
				for _, g := range groups {
					for _, c := range g.cases {
						runCase(t, c, init, res)
					}
				}
			})
		}
	})
	table := render(groups, inits, res)
	t.Log("\n" + table)
	if *write {
		module, err := require.ModuleRoot()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(module, "docs/pid1.md"), []byte(document(groups, inits, res, table)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func runCase(t *testing.T, c testCase, init *adapter.Adapter, res *results) {
	t.Run(c.id, func(t *testing.T) {
		t.Parallel()
		for _, mode := range modesOf(c) {
			t.Run(strings.ReplaceAll(mode.String(), " ", ""), func(t *testing.T) {
				t.Parallel()
				v, err := perform(t, c, init, mode)
				if m := (missing{}); errors.As(err, &m) {
					require.Missing(t, m.name, m.err)
				} else if err != nil {
					t.Fatal(err)
				}
				res.mu.Lock()
				res.got[resultKey{c.id, init.Name, mode}] = v
				res.mu.Unlock()
				judge(t, c, init, v)
			})
		}
	})
}

// inits are tsboot, the peers that are installed (all, where TSBOOT_REQUIRE names peers), and one of the caller's.
func inits(t *testing.T) []*adapter.Adapter {
	t.Helper()
	all := []*adapter.Adapter{tsboot(t)}
	demanded := strings.Split(os.Getenv(require.Variable), ",")
	for _, p := range adapter.Peers() {
		if err := p.Find(); err != nil {
			if slices.Contains(demanded, "peers") || slices.Contains(demanded, p.Name) {
				t.Fatalf("%s asks for %s: %v", require.Variable, p.Name, err)
			}
			t.Logf("without %s: %v", p.Name, err)
			continue
		}
		all = append(all, p)
	}
	if file := os.Getenv("TSBOOT_PID1_ADAPTER"); file != "" {
		own, err := adapter.Load(file)
		if err == nil {
			err = own.Find()
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, own)
	}
	return all
}
