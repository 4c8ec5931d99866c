package sink

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
)

// spoolFiles are the files below a spool directory and what they take on disk.
func spoolFiles(t *testing.T, dir string) (names []string, bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			names = append(names, path)
			bytes += onDisk(info.Size())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, bytes
}

// spoolSize is what a spool takes on disk at one moment.
func spoolSize(t *testing.T, fan *Fan, dir string) int64 {
	t.Helper()
	p := fan.sinks[0].spool
	p.mu.Lock()
	defer p.mu.Unlock()
	_, bytes := spoolFiles(t, dir)
	return bytes
}

// TestSpoolOutlivesTheAgent: what was not sent comes first after a restart, in order, once, and then nothing is left on disk.
func TestSpoolOutlivesTheAgent(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	s := newServer(t, code(503))
	o := Options{SpoolDir: dir, SpoolMax: 1 << 20}
	for round := range 3 {
		fan := openFan(t, o, s.URL)
		put(t, fan, round*1000, (round+1)*1000)
		closeFan(t, fan)
		wantStatus(t, fan, 0, 0, uint64(round+1)*1000)
	}
	names, _ := spoolFiles(t, dir)
	for _, name := range append(names, filepath.Dir(names[0]), dir) {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v: others can read it", name, info.Mode(), err)
		}
	}
	s.setForNext(take)
	fan := openFan(t, o, s.URL)
	put(t, fan, 3000, 3100)
	eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 3100 })
	wantNumbers(t, numbers(t, s.text()), 0, 3100)
	wantStatus(t, fan, 3100, 0, 0)
	closeFan(t, fan)
	if names, _ := spoolFiles(t, dir); len(names) > 0 {
		t.Errorf("left on disk: %v", names)
	}
}

// TestSpoolIsNotUsedWhileTheServerAnswers.
func TestSpoolIsNotUsedWhileTheServerAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newServer(t, take)
	fan := openFan(t, Options{SpoolDir: dir, SpoolMax: 1 << 20, times: times{linger: time.Millisecond}.withDefaults()}, s.URL)
	put(t, fan, 0, 1000)
	eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 1000 })
	if names, _ := spoolFiles(t, dir); len(names) > 0 {
		t.Errorf("on disk: %v", names)
	}
}

// TestSpoolTakesWhatIsInFlight: a batch that gets its answer late is on disk meanwhile, and is not sent again.
func TestSpoolTakesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newServer(t, func(http.ResponseWriter, *http.Request) bool { <-release; return true })
	o := Options{SpoolDir: t.TempDir(), SpoolMax: 1 << 20, times: quick}
	o.times.answer = time.Minute
	fan := openFan(t, o, s.URL)
	put(t, fan, 0, 100)
	eventually(t, "it is asked", func() bool { return s.count() == 1 })
	put(t, fan, 100, 200)
	eventually(t, "all are on disk", func() bool { return fan.Status()[0].Spooled == 200 })
	close(release)
	eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 200 })
	wantNumbers(t, numbers(t, s.text()), 0, 200)
	wantStatus(t, fan, 200, 0, 0)
}

// TestSpoolKnowsALoss: what a server refuses makes no event where it is a loss, also where that was on disk or is from an earlier run. Else
// a server that refuses everything, and slowly, would make one a second for ever.
func TestSpoolKnowsALoss(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		answers := make(chan struct{})
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) bool {
			select {
			case <-answers:
			case <-r.Context().Done():
			}
			w.WriteHeader(400)
			return false
		})
		var calls atomic.Uint64
		o := Options{SpoolDir: t.TempDir(), SpoolMax: 1 << 20, Lost: func(uint64) { calls.Add(1) }, times: quick}
		o.times.answer = time.Minute
		fan := openFan(t, o, s.URL)
		events := uint64(0)
		if !restart { // while the server has an event, the loss comes to disk without having been sent
			put(t, fan, 0, 1)
			eventually(t, "it is asked", func() bool { return s.count() == 1 })
			events = 1
		}
		_ = fan.Put(Item{Line: []byte(line(1)), Loss: true})
		_ = fan.Flush()
		eventually(t, "all is on disk", func() bool { return fan.Status()[0].Spooled == events+1 })
		if restart {
			closeFan(t, fan)
			fan = openFan(t, o, s.URL)
		}
		close(answers)
		eventually(t, "all is refused", func() bool { return fan.Status()[0].Dropped == events+1 })
		_ = fan.Put(Item{Line: []byte(line(2)), Loss: true})
		_ = fan.Flush()
		eventually(t, "the next loss is refused", func() bool { return fan.Status()[0].Dropped == events+2 })
		closeFan(t, fan)
		if calls.Load() != events {
			t.Errorf("restart %t: %d calls of Lost for %d events", restart, calls.Load(), events)
		}
	}
}

// TestSpoolOnDisk reads files as they have always been. The marked line is of those that came later.
func TestSpoolOnDisk(t *testing.T) {
	t.Parallel()
	const (
		header = "tsw1\x10\x00\x00\x00\x00\x00\x00\x00\xfb\x9a\x09\xb2"
		first  = "\x08\x00\x00\x00\xed\x1a\x87\xe9)\x00\x00\x00\x00\x00\x00\x00{\"n\":0}\n"
		second = "\x08\x00\x00\x00`\xe8>_*\x00\x00\x00\x00\x00\x00\x00{\"n\":1}\n"
		marked = "\x08\x00\x00\x00\x06 t\xe1+\x00\x00\x00\x00\x00\x00\x80{\"n\":2}\n"
		next   = "\x08\x00\x00\x00`~\xc9\x91,\x00\x00\x00\x00\x00\x00\x80{\"n\":3}\n"
	)
	dir := t.TempDir()
	place := filepath.Join(dir, spoolName("x"))
	for _, err := range []error{
		os.Mkdir(place, 0o700), os.WriteFile(filepath.Join(place, "event-0000000000000029"), []byte(header+first), 0o600),
		os.WriteFile(filepath.Join(place, "alert-000000000000002a"), []byte(header+second+marked), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p, torn, err := openSpool(dir, "x", 1<<20, false, hclog.NewNullLogger())
	if err != nil || torn != 0 {
		t.Fatal(torn, err)
	}
	defer p.close()
	items, _ := p.read(1<<20, 10)
	wantNumbers(t, numbers(t, string(join(items))), 0, 3)
	for i, want := range []Item{{}, {Alert: true}, {Loss: true}} {
		if got := items[i]; got.Alert != want.Alert || got.Loss != want.Loss {
			t.Errorf("line %d: alert %t, loss %t", i, got.Alert, got.Loss)
		}
	}
	p.acknowledge()
	if _, _, err := p.add([]Item{{Line: []byte(line(3)), Loss: true}}); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, filepath.Join(place, "alert-000000000000002c")); got != header+next {
		t.Errorf("written is %q", got)
	}
}

// TestSpoolThatIsFull: the oldest events go, alerts and the newest stay, in order; the disk holds no more than the limit.
func TestSpoolThatIsFull(t *testing.T) {
	t.Parallel()
	for _, limit := range []int64{20000, 64 << 10, 130000} {
		dir := t.TempDir()
		s := newServer(t, code(503))
		var lost counter
		o := Options{SpoolDir: dir, SpoolMax: limit, Lost: lost.add}
		fan := openFan(t, o, s.URL)
		const lines = 6000
		for n := range lines {
			_ = fan.Put(Item{Line: []byte(line(n)), Alert: n%200 == 7})
			if n%500 == 0 {
				_ = fan.Flush()
				eventually(t, "the spool has it", func() bool { return fan.Status()[0].Spooled > 0 })
				if bytes := spoolSize(t, fan, dir); bytes > limit {
					t.Errorf("%d bytes on disk, the limit is %d", bytes, limit)
				}
			}
		}
		eventually(t, "some went", func() bool { return fan.Status()[0].Dropped > 0 })
		closeFan(t, fan)
		status := fan.Status()[0]
		if status.Dropped+status.Spooled != lines || lost.get() != status.Dropped {
			t.Errorf("%d: dropped %d, reported %d, spooled %d, of %d", limit, status.Dropped, lost.get(), status.Spooled, lines)
		}
		s.setForNext(take)
		fan = openFan(t, o, s.URL)
		eventually(t, "the rest is there", func() bool { return fan.Status()[0].Sent == status.Spooled })
		closeFan(t, fan)
		got := numbers(t, s.text())
		alerts, newest := 0, -1
		for i, n := range got {
			if i > 0 && n <= got[i-1] {
				t.Fatalf("%d comes after %d", n, got[i-1])
			}
			if n%200 == 7 {
				alerts++
			} else if newest < 0 {
				newest = n
			}
		}
		if alerts != lines/200 || got[len(got)-1] != lines-1 {
			t.Errorf("%d: %d of %d alerts, the last line is %d", limit, alerts, lines/200, got[len(got)-1])
		}
		for n := newest; n < lines; n++ { // no hole behind the oldest event that is left
			if !contains(got, n) {
				t.Fatalf("%d: %d is missing, the oldest event is %d", limit, n, newest)
			}
		}
	}
}

func contains(sorted []int, n int) bool {
	low, high := 0, len(sorted)
	for low < high {
		if middle := (low + high) / 2; sorted[middle] < n {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(sorted) && sorted[low] == n
}

// TestSpoolWithATornEnd: of a file that was cut anywhere, the whole lines before come.
func TestSpoolWithATornEnd(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		dir := t.TempDir()
		p, _, err := openSpool(dir, "x", 1<<20, false, hclog.NewNullLogger())
		if err != nil {
			t.Fatal(err)
		}
		ends := []int64{headerSize}
		for n := range 20 {
			if _, _, err := p.add([]Item{{Line: []byte(line(n))}}); err != nil {
				t.Fatal(err)
			}
			ends = append(ends, p.lanes[0].tail().size)
		}
		p.read(1<<20, 5)
		p.acknowledge()
		name := p.lanes[0].tail().name
		p.close()
		cut := random.Int64N(ends[20] + 1)
		if err := os.Truncate(name, cut); err != nil {
			t.Fatal(err)
		}
		if random.IntN(2) == 0 { // or what was there before the write is wrong
			file, _ := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
			_, _ = file.Write([]byte{1, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 'x'})
			_ = file.Close()
		}
		whole := 0
		for whole < 20 && ends[whole+1] <= cut {
			whole++
		}
		p, torn, err := openSpool(dir, "x", 1<<20, false, hclog.NewNullLogger())
		if err != nil {
			t.Fatal(err)
		}
		if info, _ := os.Stat(name); torn > 1 || torn == 0 && info != nil && info.Size() > ends[whole] {
			t.Errorf("%d torn lines", torn)
		}
		items, damaged := p.read(1<<20, 100)
		from := 5
		if whole < 5 { // the mark of the first five is behind the end: it is not believed
			from = 0
		}
		wantNumbers(t, numbers(t, string(join(items))), from, whole)
		if damaged != 0 || int(p.waiting()) != whole-from {
			t.Errorf("damaged %d, waiting %d", damaged, p.waiting())
		}
		if _, _, err := p.add([]Item{{Line: []byte(line(77))}}); err != nil {
			t.Error(err)
		}
		items, _ = p.read(1<<20, 100)
		wantNumbers(t, numbers(t, string(join(items))), 77, 78)
		p.close()
	}
}

// TestSpoolThatIsDamaged: a wrong byte costs one line, also after a restart, and that one is counted.
func TestSpoolThatIsDamaged(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		dir := t.TempDir()
		p, _, err := openSpool(dir, "x", 64*blockSize, false, hclog.NewNullLogger())
		if err != nil {
			t.Fatal(err)
		}
		for n := range 1000 {
			if _, _, err := p.add([]Item{{Line: []byte(line(n))}}); err != nil {
				t.Fatal(err)
			}
		}
		for _, at := range []int64{0, 25, 26} { // of the lines in the first file
			record := recordSize(Item{Line: []byte(line(0))})
			if at > 9 {
				at = 10*record + (at-10)*(record+1)
			}
			if _, err := p.lanes[0].segments[0].file.WriteAt([]byte("#"), headerSize+at+recordHeader); err != nil {
				t.Fatal(err)
			}
		}
		if restart {
			p.close()
			if p, _, err = openSpool(dir, "x", 64*blockSize, false, hclog.NewNullLogger()); err != nil {
				t.Fatal(err)
			}
		}
		var all []int
		damaged := 0
		for p.waiting() > 0 {
			items, lost := p.read(1<<20, 1<<20)
			p.release() // a server that refuses at first does not make it two
			again, _ := p.read(1<<20, 1<<20)
			if len(again) != len(items) {
				t.Fatalf("%d lines, then %d", len(items), len(again))
			}
			all = append(all, numbers(t, string(join(items)))...)
			damaged += lost
			p.acknowledge()
		}
		if damaged != 3 || len(all) != 997 || contains(all, 0) || contains(all, 25) || contains(all, 26) {
			t.Errorf("restart %t: %d lines, %d damaged", restart, len(all), damaged)
		}
		if p.used() != 0 {
			t.Errorf("%d bytes are left", p.used())
		}
		p.close()
	}
}

// TestSpoolHasForeignFiles: what is not a file of a spool stays as it is, and holds nothing up.
func TestSpoolHasForeignFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place := filepath.Join(dir, spoolName("x"))
	kept := filepath.Join(dir, "kept")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(place, "alert-0000000000000000"), 0o700), os.WriteFile(kept, []byte("kept"), 0o600),
		os.Symlink(kept, filepath.Join(place, "event-0000000000000001")), os.WriteFile(filepath.Join(place, "README"), []byte("x"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p, torn, err := openSpool(dir, "x", 64*blockSize, false, hclog.NewNullLogger())
	if err != nil || torn != 0 {
		t.Fatal(torn, err)
	}
	defer p.close()
	for _, item := range []Item{{Line: []byte(line(0))}, {Line: []byte(line(1)), Alert: true}} {
		if done, _, err := p.add([]Item{item}); done != 1 || err != nil {
			t.Error(err)
		}
	}
	items, _ := p.read(1<<20, 10)
	wantNumbers(t, numbers(t, string(join(items))), 0, 2)
	if text := readFile(t, kept); text != "kept" {
		t.Errorf("a file elsewhere is %q now", text)
	}
}

// TestSpoolIsForOne: two agents would send each other's lines.
func TestSpoolIsForOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, other := newServer(t, take), newServer(t, take)
	o := Options{SpoolDir: dir, SpoolMax: 1 << 20}
	fan := openFan(t, o, s.URL)
	if _, err := OpenFan([]string{s.URL}, o); err == nil || !strings.Contains(err.Error(), "another tswatch uses it") {
		t.Errorf("the second: %v", err)
	}
	openFan(t, o, other.URL) // another output has its own
	// A child has the file until its exec, as this has.
	inherited, err := unix.Dup(int(fan.sinks[0].spool.dir.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	closeFan(t, fan)
	openFan(t, o, s.URL)
}

// TestSpoolOfAnOutputThatWent: its events are not sent to another, and the log says where they are.
func TestSpoolOfAnOutputThatWent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, other := newServer(t, code(503)), newServer(t, take)
	o := Options{SpoolDir: dir, SpoolMax: 1 << 20}
	fan := openFan(t, o, s.URL)
	put(t, fan, 0, 1)
	closeFan(t, fan)
	var text logText
	o.Log = hclog.New(&hclog.LoggerOptions{Output: &text})
	closeFan(t, openFan(t, o, other.URL))
	closeFan(t, openFan(t, o, s.URL))
	if n := strings.Count(text.String(), "not configured any more"); n != 1 || !strings.Contains(text.String(), spoolName(s.URL+"/")) {
		t.Errorf("log: %s", text.String())
	}
	if other.count() != 0 {
		t.Error("it was sent to the other")
	}
}

func TestSpoolThatCannotBeHad(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var limit *LimitError
	for outputs, size := range map[int]int64{1: minSpool - 1, 2: 2*minSpool - 1, 3: 0} {
		names := []string{"https://127.0.0.1:1/", "https://127.0.0.1:2/", "https://127.0.0.1:3/"}[:outputs]
		if _, err := OpenFan(names, Options{SpoolDir: file, SpoolMax: size}); !errors.As(err, &limit) || limit.Least != minSpool*int64(outputs) {
			t.Errorf("%d outputs: %v", outputs, err)
		}
	}
	closeFan(t, openFan(t, Options{SpoolDir: t.TempDir(), SpoolMax: minSpool}, "https://127.0.0.1:1/")) // the least is enough
	if _, err := OpenFan([]string{"https://127.0.0.1:1/"}, Options{SpoolDir: file, SpoolMax: 1 << 20}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v", err)
	}
}

// TestSpoolOnAFullDisk: lines stay in memory until there is room.
func TestSpoolOnAFullDisk(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	dir := smallDisk(t, 64<<10)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 60<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, code(503))
	fan := openFan(t, Options{SpoolDir: filepath.Join(dir, "spool"), SpoolMax: 1 << 20}, s.URL)
	put(t, fan, 0, 1000)
	eventually(t, "the disk is full", func() bool { return strings.Contains(fan.Status()[0].LastError, "no space left") })
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all are on disk", func() bool { return fan.Status()[0].Spooled == 1000 })
	s.set(take)
	eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 1000 })
	wantNumbers(t, numbers(t, s.text()), 0, 1000)
	closeFan(t, fan)
}

// TestReplayFillsItsSpool: it waits then, and drops nothing.
func TestReplayFillsItsSpool(t *testing.T) {
	t.Parallel()
	s := newServer(t, code(503))
	ctx, stop := context.WithCancel(context.Background())
	o := Options{SpoolDir: t.TempDir(), SpoolMax: 100 << 10, Replay: true, Stop: ctx}
	fan := openFan(t, o, s.URL)
	put(t, fan, 0, 10000)
	eventually(t, "the spool is full", func() bool { return fan.Status()[0].Spooled > 1000 })
	s.set(take)
	eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 10000 })
	wantNumbers(t, numbers(t, s.text()), 0, 10000)
	wantStatus(t, fan, 10000, 0, 0)
	stop()
	closeFan(t, fan)
}

// TestReplayEndsWithAFullSpool: what makes room at the end are the oldest events, not what came last and not alerts.
func TestReplayEndsWithAFullSpool(t *testing.T) {
	t.Parallel()
	s := newServer(t, code(503))
	dir := t.TempDir()
	var lost counter
	fan := openFan(t, Options{SpoolDir: dir, SpoolMax: 64 << 10, Replay: true, Lost: lost.add}, s.URL)
	const lines = 6000
	for n := range lines {
		_ = fan.Put(Item{Line: []byte(line(n)), Alert: n%100 == 99})
	}
	_ = fan.Put(Item{Line: append(make([]byte, 100<<10), '\n')}) // there is never room for it
	var undelivered *UndeliveredError
	err := fan.Close(context.Background())
	status := fan.Status()[0]
	if !errors.As(err, &undelivered) || uint64(undelivered.Lines) != status.Dropped || lost.get() != status.Dropped || status.Dropped+status.Spooled != lines+1 {
		t.Errorf("%v: dropped %d, reported %d, spooled %d", err, status.Dropped, lost.get(), status.Spooled)
	}
	s.setForNext(take)
	fan = openFan(t, Options{times: patient, SpoolDir: dir, SpoolMax: 64 << 10, Replay: true}, s.URL)
	closeFan(t, fan)
	got := numbers(t, s.text())
	for n := 99; n < lines; n += 100 {
		if !contains(got, n) {
			t.Fatalf("the alert %d is missing", n)
		}
	}
	if uint64(len(got)) != status.Spooled || !contains(got, lines-2) || contains(got, 0) {
		t.Errorf("%d lines from %d to %d, spooled were %d", len(got), got[0], got[len(got)-1], status.Spooled)
	}
}
