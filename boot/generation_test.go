package boot

import (
	"testing"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/supervisor"
)

func TestActionForARefresh(t *testing.T) {
	const restart, setup, signal = supervisor.RefreshRestart, supervisor.RefreshSetupAndRestart, supervisor.RefreshSignal
	base := func() ([]configgen.Rendered, *supervisor.Plan) {
		return []configgen.Rendered{{Path: "/a", Mode: 0o600, Content: []byte("x\xff")}, {Path: "/b", Mode: 0o600}},
			&supervisor.Plan{
				Agent:       supervisor.Agent{Command: supervisor.Command{Argv: []string{"agent", "a b"}, Env: []string{"A=1", "B=2"}}},
				BeforeStart: []supervisor.Step{{Name: "stale", Command: supervisor.Command{Argv: []string{"rm"}}}},
				Setup:       []supervisor.Step{{Name: "step", Command: supervisor.Command{Argv: []string{"register"}}}},
			}
	}
	key := newDigestKey()
	of := func(change func(files []configgen.Rendered, plan *supervisor.Plan)) generation {
		files, plan := base()
		if change != nil {
			change(files, plan)
		}
		return newGeneration(key, files, nil, plan)
	}
	running := of(nil)
	for name, test := range map[string]struct {
		change func(files []configgen.Rendered, plan *supervisor.Plan)
		want   map[supervisor.RefreshAction]supervisor.RefreshAction // on-refresh: action; not there: unchanged
	}{
		"nothing": {nil, nil},
		"content": {func(f []configgen.Rendered, _ *supervisor.Plan) { f[0].Content = []byte("x\xfe") },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: signal}},
		"content moved": {func(f []configgen.Rendered, _ *supervisor.Plan) { f[0].Content, f[1].Content = nil, f[0].Content },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: signal}},
		"mode": {func(f []configgen.Rendered, _ *supervisor.Plan) { f[1].Mode = 0o640 },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: signal}},
		"argv split otherwise": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.Agent.Argv = []string{"agent", "a", "b"} },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: restart}},
		"variable": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.Agent.Env = []string{"A=1", "B=3"} },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: restart}},
		"argument for variable": {func(_ []configgen.Rendered, p *supervisor.Plan) {
			p.Agent.Argv, p.Agent.Env = []string{"agent", "a b", "A=1"}, []string{"B=2"}
		}, map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: restart}},
		"setup": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.Setup[0].Argv = []string{"register", "again"} },
			map[supervisor.RefreshAction]supervisor.RefreshAction{setup: setup}},
		"what a step reads": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.Setup[0].Stdin = []byte("key") },
			map[supervisor.RefreshAction]supervisor.RefreshAction{setup: setup}},
		"before the start": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.BeforeStart[0].Argv = []string{"rm", "-f"} },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: restart}},
		"what it reads": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.BeforeStart[0].Stdin = []byte("key") },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: restart}},
		"nothing before the start": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.BeforeStart = nil },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: restart}},
		"what stops it": {func(_ []configgen.Rendered, p *supervisor.Plan) {
			p.Agent.Stop = &supervisor.Command{Argv: []string{"stop"}}
		},
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: restart}},
		"owner of a file": {func(f []configgen.Rendered, _ *supervisor.Plan) { f[1].Owner = &fileset.Owner{UID: 7} },
			map[supervisor.RefreshAction]supervisor.RefreshAction{restart: restart, setup: setup, signal: signal}},
		"one more step": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.Setup = append(p.Setup, p.Setup[0]) },
			map[supervisor.RefreshAction]supervisor.RefreshAction{setup: setup}},
		"how it is kept": {func(_ []configgen.Rendered, p *supervisor.Plan) { p.Agent.Grace, p.Setup[0].Retries = 1, 3 }, nil},
	} {
		for _, on := range []supervisor.RefreshAction{restart, setup, signal} {
			want, wantChanged := test.want[on]
			action, changed := running.actionFor(of(test.change), on)
			if changed != wantChanged || changed && action != want {
				t.Errorf("%s, on-refresh %s: %s %v, want %s %v", name, on, action, changed, want, wantChanged)
			}
		}
	}
	files, plan := base()
	if _, changed := running.actionFor(newGeneration(newDigestKey(), files, nil, plan), restart); !changed {
		t.Error("a digest does not depend on its key")
	}
	if _, changed := running.actionFor(newGeneration(key, files, &fileset.Owner{UID: 1}, plan), restart); !changed {
		t.Error("a new owner is not a change")
	}
}
