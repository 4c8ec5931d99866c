package runtime

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

func TestContainersThatAreThereAndThatCome(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "")
	e.put(idOf('a'), "there", "nginx:1.27", nil)
	r := follow(t, Options{Docker: "unix://" + e.path})
	connected(t, r)
	c := known(t, r, idOf('a'))
	want := container.Image{Name: "nginx", Tag: "1.27", Hashes: []string{digestOf('1'), digestOf('2')}}
	if c.Name != "there" || c.Runtime != "docker" || c.Missing != "" || fmt.Sprint(c.Image) != fmt.Sprint(want) {
		t.Errorf("it is %+v", c)
	}

	e.put(idOf('b'), "new", "reg.example:5000/team/app@"+digestOf('3'), func(c map[string]any) {
		c["Config"].(map[string]any)["Labels"] = map[string]any{
			"io.kubernetes.pod.name": "web-1", "com.amazonaws.ecs.task-arn": strings.Repeat("x", textLimit+1), "mine": "x",
		}
	})
	e.say("create", idOf('b'), map[string]string{"name": "new", "image": "reg.example:5000/team/app@" + digestOf('3')})
	until(t, "the new one is known", func() bool { _, ok := r.Lookup(idOf('b')); return ok })
	c = known(t, r, idOf('b'))
	if c.Image.Name != "reg.example:5000/team/app" || c.Image.Tag != "" || !slices.Contains(c.Image.Hashes, digestOf('3')) {
		t.Errorf("its image is %+v", c.Image)
	}
	if !maps.Equal(c.Labels, map[string]string{"io.kubernetes.pod.name": "web-1"}) {
		t.Errorf("its labels are %v", c.Labels)
	}

	e.put(idOf('b'), "renamed", "nginx", nil)
	e.say("rename", idOf('b'), nil)
	until(t, "the new name is known", func() bool { return known(t, r, idOf('b')).Name == "renamed" })
	if e.times("/images/"+digestOf('1')+"/json") != 1 {
		t.Error("the image was asked for more than once")
	}
	if len(e.filters) != 1 || strings.Contains(e.filters[0], "exec") || !strings.Contains(e.filters[0], `"create":true`) {
		t.Errorf("it asks for the events %v", e.filters)
	}
}

// TestRemovedAtOnce: nobody can inspect it any more, but the event of its creation has said what it was.
func TestRemovedAtOnce(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "")
	r := follow(t, Options{Docker: "unix://" + e.path})
	connected(t, r)
	e.say("create", idOf('a'), map[string]string{"name": "short", "image": "busybox:1", "io.kubernetes.pod.uid": "u"})
	e.say("destroy", idOf('a'), nil)
	c := known(t, r, idOf('a'))
	if c.Name != "short" || c.Image.Name != "busybox" || c.Image.Tag != "1" || c.Labels["io.kubernetes.pod.uid"] != "u" {
		t.Errorf("it is %+v", c)
	}
}

func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "")
	r := follow(t, Options{Docker: "unix://" + e.path})
	connected(t, r)
	e.put(idOf('a'), "late", "busybox", nil)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if c := await(t, r, idOf('a')); c.Name != "late" {
				t.Errorf("it is %+v", c)
			}
		})
	}
	all.Wait()
	if n := e.times("/containers/" + idOf('a') + "/json"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	began := time.Now()
	for range 100 {
		if c := await(t, r, idOf('f')); c.ID != idOf('f') || c.Missing != missingUnknown {
			t.Errorf("an id that nobody knows is %+v", c)
		}
		r.Await(t.Context(), "some-name") // Docker would take it for a name
	}
	if n := e.times("/containers/" + idOf('f') + "/json"); n < 1 || n > 2+int(time.Since(began)/keepUnknown) {
		t.Errorf("asked %d times for an id that it does not know", n)
	}
	if n := e.times("/containers/some-name/json"); n != 0 {
		t.Errorf("asked %d times for a name", n)
	}
}

// atOnce is what Await takes at most, on a machine that is busy, too. That of 100 questions that all wait would be 20 s.
const atOnce = awaitLimit + 5*time.Second

// TestBadAnswers: whatever the engine does, Await is back in time and says what is missing, and the next question is asked.
func TestBadAnswers(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	cases := map[string]struct {
		missing string
		answer  func(http.ResponseWriter)
	}{
		"hangs":     {missingLate, func(http.ResponseWriter) { <-hang }},
		"500":       {missingFailed, func(w http.ResponseWriter) { http.Error(w, "no", http.StatusInternalServerError) }},
		"half":      {missingFailed, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "999"); fmt.Fprint(w, `{"Id": "aaa`) }},
		"other":     {missingFailed, func(w http.ResponseWriter) { fmt.Fprintf(w, `{"Id": %q, "Config": {}, "State": {}}`, idOf('b')) }},
		"empty":     {missingFailed, func(w http.ResponseWriter) { fmt.Fprint(w, `{}`) }},
		"null":      {missingFailed, func(w http.ResponseWriter) { fmt.Fprint(w, `null`) }},
		"type":      {missingFailed, func(w http.ResponseWriter) { fmt.Fprint(w, `{"Id": 5}`) }},
		"page":      {missingFailed, func(w http.ResponseWriter) { fmt.Fprint(w, `<html>`) }},
		"forbidden": {missingFailed, func(w http.ResponseWriter) { http.Error(w, "{", http.StatusForbidden) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t, "")
			e.answer("/containers/"+idOf('a')+"/json", c.answer)
			r := follow(t, Options{Docker: "unix://" + e.path})
			connected(t, r)
			began := time.Now()
			got := r.Await(t.Context(), idOf('a'))
			if took := time.Since(began); took > atOnce {
				t.Errorf("it took %s", took)
			}
			if c.missing != missingLate {
				got = await(t, r, idOf('a'))
			}
			if got.ID != idOf('a') || got.Missing != c.missing || got.Name != "" {
				t.Errorf("it is %+v", got)
			}
			e.put(idOf('c'), "other", "busybox", nil)
			until(t, "another is known", func() bool { return r.Await(t.Context(), idOf('c')).Name == "other" })
		})
	}
}

// TestLinkedNames: a list has the names by which others know a container, too, in any order.
func TestLinkedNames(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "")
	e.answer("/containers/json", func(w http.ResponseWriter) {
		fmt.Fprintf(w, `[{"Id": %q, "Names": ["/web/db", "/db"]}, {"Id": %q, "Names": ["/web"]}, {"Id": %q, "Names": ["/web/only"]}, {"Id": %q, "Names": null}]`,
			idOf('a'), idOf('b'), idOf('c'), idOf('d'))
	})
	r := follow(t, Options{Docker: "unix://" + e.path})
	connected(t, r)
	for id, want := range map[rune]string{'a': "db", 'b': "web", 'c': "", 'd': ""} {
		if c := known(t, r, idOf(id)); c.Name != want {
			t.Errorf("%c has the name %q", id, c.Name)
		}
	}
}

// TestHugeAnswers: answers, lists and events without an end do not fill the memory, and others are read.
func TestHugeAnswers(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "")
	endless := func(w http.ResponseWriter) {
		fmt.Fprint(w, `{"Id": "`)
		for chunk := []byte(strings.Repeat("x", 1<<16)); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	e.answer("/containers/"+idOf('a')+"/json", endless)
	e.answer("/containers/json", func(w http.ResponseWriter) { fmt.Fprint(w, "["); endless(w) })
	e.put(idOf('b'), "there", "busybox", nil)
	r := follow(t, Options{Docker: "unix://" + e.path})
	connected(t, r)
	if c := await(t, r, idOf('b')); c.Name != "there" {
		t.Errorf("without a list, one that is there is %+v", c)
	}
	until(t, "the answer is refused", func() bool { return r.Await(t.Context(), idOf('a')).Missing == missingFailed })
	e.sayLine(`{"Action": "` + strings.Repeat("y", 3*eventLimit))
	e.say("create", idOf('c'), map[string]string{"name": "next", "image": "busybox"})
	if c := known(t, r, idOf('c')); c.Name != "next" || r.Stats()[0].Connections != 1 {
		t.Errorf("after %d connections it is %+v", r.Stats()[0].Connections, c)
	}
	e.sayLine(`{}}`)
	until(t, "it connects again after what is no event", func() bool { return r.Stats()[0].Connections == 2 })
}

// TestEngineRestarts: what it knows stays, what came and went meanwhile is found by the list.
func TestEngineRestarts(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "")
	e.put(idOf('a'), "stays", "busybox", nil)
	e.put(idOf('b'), "goes", "busybox", nil)
	r := follow(t, Options{Docker: "unix://" + e.path})
	connected(t, r)
	known(t, r, idOf('b'))
	e.stop()
	until(t, "the loss is noticed", func() bool { return !r.Stats()[0].Connected })
	if c := r.Await(t.Context(), idOf('a')); c.Name != "stays" {
		t.Errorf("while the engine is away it is %+v", c)
	}
	if c := r.Await(t.Context(), idOf('c')); c.Missing != missingRuntime {
		t.Errorf("while the engine is away an unknown one is %+v", c)
	}
	if err := os.Remove(e.path); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	e = newEngine(t, e.path)
	e.put(idOf('a'), "stays", "busybox", nil)
	e.put(idOf('c'), "came", "busybox", nil)
	until(t, "the new one is known", func() bool { c, _ := r.Lookup(idOf('c')); return c != nil && c.Name == "came" })
	connected(t, r)
	if got := r.Stats()[0].Containers; got != 2 {
		t.Errorf("%d containers run", got)
	}
	if c, _ := r.Lookup(idOf('b')); c == nil || c.Name != "goes" {
		t.Errorf("what ended a moment ago is %+v", c)
	}
}

// TestNoEngine: nothing waits for it, and it is found when it comes.
func TestNoEngine(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/docker.sock"
	r := follow(t, Options{Docker: "unix://" + path})
	until(t, "it is tried", func() bool { return r.Stats()[0].LastError != "" })
	began := time.Now()
	for range 1000 {
		if c := r.Await(t.Context(), idOf('a')); c.ID != idOf('a') || c.Missing != missingRuntime {
			t.Fatalf("it is %+v", c)
		}
	}
	if took := time.Since(began); took > atOnce {
		t.Errorf("1000 questions took %s", took)
	}
	e := newEngine(t, path)
	e.put(idOf('a'), "came", "busybox", nil)
	until(t, "it is found", func() bool { return r.Await(t.Context(), idOf('a')).Name == "came" })
}

// TestEngineHangs: it accepts, and does not answer. The actor ends all the same.
func TestEngineHangs(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for _, path := range []string{"/_ping", "/events", "/containers/json"} {
		e := newEngine(t, "")
		e.answer(path, func(http.ResponseWriter) { <-hang })
		r := follow(t, Options{Docker: "unix://" + e.path})
		until(t, path+" is asked", func() bool { return e.times(path) > 0 })
		began := time.Now()
		c := r.Await(t.Context(), idOf('a'))
		if took := time.Since(began); c.Missing == "" || took > atOnce {
			t.Errorf("%s: after %s it is %+v", path, took, c)
		}
	}
}

// TestAHangingEngineHoldsUpNothing: events of a hundred unknown containers, while the engine answers nobody.
func TestAHangingEngineHoldsUpNothing(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	e := newEngine(t, "")
	e.put(idOf('a'), "there", "busybox", nil)
	r := follow(t, Options{Docker: "unix://" + e.path})
	connected(t, r)
	known(t, r, idOf('a'))
	for i := range 100 {
		e.answer(fmt.Sprintf("/containers/%064x/json", i), func(http.ResponseWriter) { <-hang })
	}
	began := time.Now()
	for i := range 100 {
		if c := r.Await(t.Context(), fmt.Sprintf("%064x", i)); c.Missing != missingLate {
			t.Errorf("it is %+v", c)
		}
		if c := r.Await(t.Context(), idOf('a')); c.Name != "there" {
			t.Errorf("what is known is %+v", c)
		}
	}
	if took := time.Since(began); took < awaitLimit || took > atOnce {
		t.Errorf("it took %s", took)
	}
}

// TestAuto: the socket is looked for where the host's root is mounted, first.
func TestAuto(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{"/run", "/run/containerd"} {
		if err := os.Mkdir(root+dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	e := newEngine(t, root+"/run/docker.sock")
	e.put(idOf('a'), "of the host", "busybox", nil)
	newDaemon(t, root+"/run/containerd/containerd.sock")
	r := follow(t, Options{Docker: Auto, Containerd: Auto, HostRoot: root})
	connected(t, r)
	if c := known(t, r, idOf('a')); c.Name != "of the host" {
		t.Errorf("it is %+v", c)
	}
	var p places = addresses(Auto, "/host/", []string{"/run/a", "/b"}, "unix://")
	if fmt.Sprint(p) != "[unix:///host/run/a unix:///host/b unix:///run/a unix:///b]" || len(addresses("", "/", p, "")) != 4 {
		t.Errorf("the places are %v", p)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{file, "unix://" + file, "nonsense", "unix://", "npipe:////./pipe/docker_engine", "/" + strings.Repeat("x", 200)} {
		r := follow(t, Options{Docker: address, Containerd: address})
		until(t, "both have failed", func() bool { s := r.Stats(); return s[0].LastError != "" && s[1].LastError != "" })
		if c := r.Await(t.Context(), idOf('a')); c.Missing != missingRuntime {
			t.Errorf("%s: it is %+v", address, c)
		}
	}
}

func TestCheckAddresses(t *testing.T) {
	t.Parallel()
	long := "/" + strings.Repeat("x", 107)
	for _, c := range []struct {
		address            string
		docker, containerd bool
	}{
		{Auto, true, true}, {Off, true, true}, {"unix:///run/x.sock", true, true}, {"/run/x.sock", true, true},
		{"tcp://127.0.0.1:2375", true, false}, {"tcp://[::1]:2375", true, false}, {"tcp://host", false, false}, {"tcp://", false, false},
		{"", true, true}, {"nonsense", false, false}, {"unix://", false, false}, {"unix://x.sock", false, false},
		{"run/x.sock", false, false}, {"npipe:////./pipe/x", false, false}, {"https://x:1", false, false}, {"ON", false, false},
		{long, false, false}, {long[:107], true, true}, {"unix://" + long, false, false},
	} {
		if got := CheckDocker(c.address) == nil; got != c.docker {
			t.Errorf("Docker at %q: %v", c.address, got)
		}
		if got := CheckContainerd(c.address) == nil; got != c.containerd {
			t.Errorf("containerd at %q: %v", c.address, got)
		}
	}
}

func TestStatsForAPerson(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]Stats{
		"docker: 3 containers":                                {Runtime: "docker", Connected: true, Containers: 3},
		"docker: 3 containers; 2 questions without an answer": {Runtime: "docker", Connected: true, Containers: 3, Failed: 1, Skipped: 1},
		"docker: not connected":                               {Runtime: "docker", Containers: 3},
		"containerd: not connected: no socket":                {Runtime: "containerd", LastError: "no socket"},
	} {
		if got := s.String(); got != want {
			t.Errorf("%+v: %s", s, got)
		}
	}
}

func TestNothingIsAskedWhereAllIsOff(t *testing.T) {
	t.Parallel()
	r := follow(t, Options{Docker: Off, Containerd: Off})
	if c := r.Await(t.Context(), idOf('a')); c.Missing != missingRuntime {
		t.Errorf("it is %+v", c)
	}
	if len(r.Stats()) != 0 {
		t.Errorf("the runtimes are %v", r.Stats())
	}
}
