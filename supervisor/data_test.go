//go:build linux

package supervisor

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestPlanSurvivesJSON(t *testing.T) {
	t.Parallel()
	plan := Plan{
		Setup: []Step{{Name: "a", Command: Command{Argv: []string{"b", "c"}, Env: []string{"X=y"}, Dir: "/", Identity: &Identity{UID: 1, GID: 2, Groups: []int{3}, Home: "/h", Name: "n"}},
			Timeout: time.Second, Retries: 2, OKCodes: []int{0, 4}, Secret: true, Stdin: []byte("\x00\xff")}},
		BeforeStart: []Step{{Name: "before", Creates: "/there"}},
		Agent: Agent{
			Command: Command{Argv: []string{"agent"}}, Restart: RestartAlways, BackoffInitial: 1, BackoffMax: 2, BackoffReset: 3,
			StartLimitBurst: 4, StartLimitInterval: 5, StopOn: []Signal{sigTerm}, StopSignal: sigInt, Stop: &Command{Argv: []string{"stop"}}, Grace: 6,
			SignalRewrite: map[Signal]Signal{sigInt: 0, 40: sigTerm}, SignalScope: ScopeProcess, ExitRemap: map[int]int{143: 0},
			RefreshSignal: 1, Follow: &Follow{PIDFile: "/p", LastChild: true, Others: []string{"/o"}, AnyEnd: true, Timeout: 7},
		},
		Health: &Health{Command: Command{Argv: []string{"h"}}, Timeout: 8, Interval: 9, Failures: 10, StartPeriod: 11},
		Redact: []string{"secret"},
	}
	data, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var got Plan
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, plan) {
		t.Errorf("got %+v\nwant %+v", got, plan)
	}
}

func TestTimers(t *testing.T) {
	t.Parallel()
	var timers timerSet
	now := time.Unix(1000, 0)
	if _, ok := timers.next(); ok {
		t.Error("a timer is set that nobody has set")
	}
	timers.set(timerKill, now.Add(2*time.Second))
	timers.set(timerHealth, now.Add(time.Second))
	if at, ok := timers.next(); !ok || !at.Equal(now.Add(time.Second)) || !timers.active(timerKill) {
		t.Errorf("next is %s, %v", at, ok)
	}
	if _, ok := timers.expire(now); ok {
		t.Error("one expires too early")
	}
	if kind, ok := timers.expire(now.Add(time.Second)); !ok || kind != timerHealth {
		t.Errorf("%d expires, %v", kind, ok)
	}
	timers.clear(timerKill)
	if _, ok := timers.expire(now.Add(time.Hour)); ok {
		t.Error("a cleared one expires")
	}
}
