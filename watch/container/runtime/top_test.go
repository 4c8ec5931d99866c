package runtime

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// topAnswer is what the engine says of the processes of a container.
func topAnswer(pids ...int) func(http.ResponseWriter) {
	rows := [][]string{}
	for _, pid := range pids {
		rows = append(rows, []string{fmt.Sprint(pid)})
	}
	return func(w http.ResponseWriter) {
		_ = json.NewEncoder(w).Encode(map[string]any{"Titles": []string{"PID"}, "Processes": rows})
	}
}

// TestTopMakesNoLoop: the engine starts a ps for each list, which audit reports; that it is not attributed must not make
// tswatch ask for a list again.
func TestTopMakesNoLoop(t *testing.T) {
	t.Parallel()
	const enginePID, userPID = 70, 80
	proc := newProc(t)
	proc.put(enginePID, "dockerd", "0::/system.slice/docker.service\n", 1)
	proc.put(userPID, "true", "0::/\n", 5)
	proc.put(71, "dockerd", "0::/docker/"+idOf('e')+"\n", 1) // in a container
	e := newEngine(t, "")
	e.put(idOf('a'), "one", "busybox", nil)
	top := "/containers/" + idOf('a') + "/top"
	r := follow(t, Options{Docker: "unix://" + e.path, Proc: proc.dir})

	type exec struct {
		pid, ppid  int
		executable string
	}
	events := make(chan exec, 100)
	pid := 1000
	e.answer(top, func(w http.ResponseWriter) {
		pid++
		events <- exec{pid, enginePID, "/usr/bin/ps"}
		topAnswer(userPID)(w)
	})
	connected(t, r)
	known(t, r, idOf('a'))
	if r.IsOwn(999, enginePID, "/usr/bin/ps") {
		t.Error("a ps of nobody's Top is taken for its own")
	}

	events <- exec{userPID, 1, "/bin/true"}
	emitted := 0
	for len(events) > 0 { // each event that cannot be attributed asks, as the line does
		one := <-events
		if r.IsOwn(one.pid, one.ppid, one.executable) {
			continue
		}
		emitted++
		id, ok := r.Top(t.Context(), one.pid)
		if one.pid == userPID && (!ok || id != idOf('a')) {
			t.Errorf("the process is of %q", id)
		}
	}
	if emitted != 1 || e.times(top) != 1 {
		t.Errorf("%d events, %d lists", emitted, e.times(top))
	}

	if !r.IsOwn(1001, 1, "/usr/bin/ps") {
		t.Error("a later record of the same ps is not its own")
	}
	for _, other := range []exec{{2000, enginePID, "/usr/bin/curl"}, {2001, 71, "/usr/bin/ps"}, {2002, 72, "/usr/bin/ps"}} {
		if r.IsOwn(other.pid, other.ppid, other.executable) {
			t.Errorf("%+v is taken for its own", other)
		}
	}
	if !r.IsOwn(2003, enginePID, "/bin/ps") || r.IsOwn(2004, enginePID, "/bin/ps") {
		t.Error("a list is worth two ps, not more")
	}
}

func TestTopIsRare(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "")
	for i := range 8 {
		id := fmt.Sprintf("%064x", i)
		e.put(id, fmt.Sprint("c", i), "busybox", nil)
		e.answer("/containers/"+id+"/top", topAnswer(i+100))
	}
	proc := newProc(t)
	proc.put(1, "init", "0::/\n", 1)
	r := follow(t, Options{Docker: "unix://" + e.path, Proc: proc.dir})
	connected(t, r)
	if r.Top(t.Context(), 2); r.Stats()[0].Tops != 0 {
		t.Error("it asks about a process that is gone")
	}
	until(t, "all are known", func() bool { return r.Stats()[0].Containers == 8 })
	began := time.Now()
	for range 100 {
		r.Top(t.Context(), 1)
	}
	if n, most := int(r.Stats()[0].Tops), topsPerSecond+1+int(topsPerSecond*time.Since(began).Seconds()); n < topsPerSecond || n > most {
		t.Errorf("%d lists at once, want %d to %d", n, topsPerSecond, most)
	}
	until(t, "each container gets its turn", func() bool {
		r.Top(t.Context(), 1)
		asked := 0
		for i := range 8 {
			asked += min(e.times(fmt.Sprintf("/containers/%064x/top", i)), 1)
		}
		return asked == 8
	})
}

func TestTopsOfOneContainer(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tops := newTops(clock.now)
	if !tops.begin("a") || tops.begin("a") {
		t.Error("not once a second")
	}
	tops.end()
	tops.takePS(5)
	clock.pass(topPause)
	if !tops.begin("a") || !tops.isPS(5) {
		t.Error("not again after a second, or the ps before is forgotten")
	}
	tops.end()
	clock.pass(topEcho)
	if tops.expectsPS() {
		t.Error("a ps is awaited for ever")
	}
	if !tops.begin("a") || tops.isPS(5) || tops.left != psPerTop {
		t.Errorf("after a pause: %d to come, %v", tops.left, tops.own)
	}
	for i := range 2 * topsLimit {
		tops.last[fmt.Sprint(i)] = clock.now()
	}
	clock.pass(topPause)
	tops.begin("b")
	if len(tops.last) != 1 {
		t.Errorf("%d containers are remembered", len(tops.last))
	}
}
