package runtime

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

// testClock is a clock that a test moves.
type testClock struct{ at time.Time }

func newClock() *testClock                { return &testClock{time.Unix(1_700_000_000, 0)} }
func (c *testClock) now() time.Time       { return c.at }
func (c *testClock) pass(d time.Duration) { c.at = c.at.Add(d) }

func TestAMinuteAfterTheEnd(t *testing.T) {
	t.Parallel()
	clock := newClock()
	x := newIndex(clock.now)
	is := func(id string, want bool) {
		t.Helper()
		if c, _ := x.get(id); (c != nil) != want {
			t.Errorf("after %s %s is %v", clock.at, id, c)
		}
	}
	for _, id := range []string{"a", "b", "c"} {
		x.put(0, &container.Container{ID: id}, false)
	}
	x.end(0, "a")
	x.end(0, "b")
	x.end(1, "c") // another source's
	clock.pass(keepEnded - time.Second)
	x.put(0, &container.Container{ID: "b"}, false) // it was started again
	x.put(0, &container.Container{ID: "d"}, true)  // known when it was over already
	is("a", true)
	clock.pass(time.Second)
	x.put(0, &container.Container{ID: "e"}, false)
	is("a", false)
	is("b", true)
	is("c", true)
	is("d", true)
	if ids, _ := x.running(); fmt.Sprint(ids) != "[e b c]" {
		t.Errorf("%v run", ids)
	}
}

// TestWhatIsRememberedIsBounded: containers that come and go, or are started again and again, and large texts.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	clock := newClock()
	x := newIndex(clock.now)
	long := strings.Repeat("x", textLimit)
	for i := range 20_000 {
		id := fmt.Sprintf("%064d", i)
		x.put(0, &container.Container{ID: id, Name: long, Labels: map[string]string{"a": long}}, i%2 == 0)
	}
	if x.size > indexSize || len(x.entries) != x.order.Len() {
		t.Errorf("%d bytes, %d entries, %d in order", x.size, len(x.entries), x.order.Len())
	}
	if c, _ := x.get(fmt.Sprintf("%064d", 0)); c != nil {
		t.Error("the first one is still there")
	}
	if c, _ := x.get(fmt.Sprintf("%064d", 19_999)); c == nil {
		t.Error("the last one is not there")
	}
	for i := range 10_000 {
		id := fmt.Sprintf("%064d", i%2) // two that end at once each time
		x.put(0, &container.Container{ID: id}, false)
		x.end(0, id)
		clock.pass(100 * time.Millisecond)
	}
	if len(x.ended) > 601 {
		t.Errorf("%d ends are remembered", len(x.ended))
	}
	for i := range 2 * unknownLimit {
		id := fmt.Sprint("unknown-", i)
		x.question(id, false)
		x.answered(id, missingUnknown)
	}
	if len(x.unknown) > unknownLimit {
		t.Errorf("%d unknown ids", len(x.unknown))
	}
	clock.pass(2 * keepEnded)
	x.end(0, "none")
	if len(x.ended) != 0 {
		t.Errorf("%d ends are remembered", len(x.ended))
	}
	for len(x.entries) > 0 {
		x.remove(x.order.Front().Value.(*entry))
	}
	if x.size != 0 {
		t.Errorf("%d bytes of nothing", x.size)
	}
}

func TestASourceBeforeIsNotReplaced(t *testing.T) {
	t.Parallel()
	x := newIndex(newClock().now)
	x.put(1, &container.Container{ID: "a", Name: "of containerd"}, false)
	x.put(0, &container.Container{ID: "a", Name: "of Docker"}, false)
	x.put(1, &container.Container{ID: "a", Name: "of containerd"}, false)
	if x.putLittle(1, &container.Container{ID: "a", Name: "little"}) || !x.putLittle(0, &container.Container{ID: "a", Name: "little"}) {
		t.Error("whose is it?")
	}
	if c, _ := x.get("a"); c.Name != "of Docker" {
		t.Errorf("it is %s", c.Name)
	}
}

// TestAChangeDuringAQuestion: the answer may be old, so it is asked for again; all who wait get the second.
func TestAChangeDuringAQuestion(t *testing.T) {
	t.Parallel()
	x := newIndex(newClock().now)
	answered, first := x.question("a", false)
	if _, second := x.question("a", true); !first || second {
		t.Fatal("two who are to answer")
	}
	x.put(0, &container.Container{ID: "a", Name: "old"}, false)
	if !x.answered("a", "") {
		t.Error("it is not asked again")
	}
	select {
	case <-answered:
		t.Error("the old answer is given")
	default:
	}
	x.end(0, "a") // and once more
	if !x.answered("a", "") || x.answered("a", "") {
		t.Error("the end does not make it ask again, once")
	}
	<-answered
}

// TestAnAnswerThatCameMeanwhile: who looked before the answer came and asks after it does not ask the runtime again.
func TestAnAnswerThatCameMeanwhile(t *testing.T) {
	t.Parallel()
	x := newIndex(newClock().now)
	x.question("a", false)
	x.put(0, &container.Container{ID: "a"}, false)
	x.answered("a", "")
	answered, first := x.question("a", false)
	if first {
		t.Fatal("it is asked again")
	}
	<-answered
	if _, first := x.question("a", true); !first {
		t.Error("a change is not asked for")
	}
}
