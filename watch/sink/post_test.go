package sink

import (
	"context"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

func TestPostSendsBatches(t *testing.T) {
	t.Parallel()
	s := newServer(t, take)
	fan := openFan(t, Options{UserAgent: "tswatch/1"}, s.URL+"/in?key=k")
	put(t, fan, 0, 3000)
	eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 3000 })
	wantNumbers(t, numbers(t, s.text()), 0, 3000)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) > 300 {
		t.Errorf("%d requests for 3000 lines", len(s.requests))
	}
	r := s.requests[0]
	if r.Method != "POST" || r.URL.String() != "/in?key=k" || r.Header.Get("Content-Type") != "application/x-ndjson" || r.UserAgent() != "tswatch/1" || r.Header.Get("Authorization") != "" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	if st := fan.Status()[0]; st.Where != s.URL+"/in" || st.LastError != "" || st.FailingSince != nil {
		t.Errorf("status %+v", st)
	}
}

// TestPostTriesAgain: what the server or the network does once, is done once more and nothing is lost or twice there.
func TestPostTriesAgain(t *testing.T) {
	t.Parallel()
	hijack := func(text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			conn, rw, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = rw.WriteString(text)
				_ = rw.Flush()
				_ = conn.(*net.TCPConn).SetLinger(0)
				_ = conn.Close()
			}
			return false
		}
	}
	for name, fault := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request) bool
		says   string
	}{
		"500":            {code(500), "500 Internal Server Error"},
		"503":            {code(503), "503 Service Unavailable"},
		"429":            {code(429), "429 Too Many Requests"},
		"599":            {code(599), "599"},
		"408":            {code(408), "408 Request Timeout"},
		"425":            {code(425), "425 Too Early"},
		"reset":          {hijack(""), "send: "},
		"half an answer": {hijack("HTTP/1.1 20"), "send: "},
		"no HTTP":        {hijack("SSH-2.0-OpenSSH\r\n\r\n"), "send: "},
		"redirect": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
			return false
		}, "307 Temporary Redirect"},
		"never an answer": {func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return false }, "no answer within"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, nil)
			var asked atomic.Int32
			s.set(func(w http.ResponseWriter, r *http.Request) bool {
				if asked.Add(1) <= 2 {
					return fault.answer(w, r)
				}
				return true
			})
			o := Options{times: quick}
			if name == "never an answer" {
				o.times.answer = 3 * time.Second // in which a busy machine gives the other answers
			}
			fan := openFan(t, o, s.URL)
			put(t, fan, 0, 10)
			eventually(t, "two faults", func() bool { return asked.Load() >= 2 })
			put(t, fan, 10, 20)
			eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 20 })
			wantNumbers(t, numbers(t, s.text()), 0, 20)
			wantStatus(t, fan, 20, 0, 0)
			if st := fan.Status()[0]; !strings.Contains(st.LastError, fault.says) || st.FailingSince != nil {
				t.Errorf("status %+v, want %q", st, fault.says)
			}
		})
	}
}

// TestPostTakesTheStatusForTheAnswer: a body that does not come makes no line go twice.
func TestPostTakesTheStatusForTheAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("half"))
		w.(http.Flusher).Flush()
		return true
	})
	fan := openFan(t, Options{}, s.URL)
	put(t, fan, 0, 10)
	eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 10 })
	wantNumbers(t, numbers(t, s.text()), 0, 10)
}

func TestPostDropsWhatIsRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404, 405, 410, 415, 422, 499} {
		s := newServer(t, code(status))
		var lost atomic.Uint64
		fan := openFan(t, Options{Lost: func(n uint64) { lost.Add(n) }}, s.URL)
		put(t, fan, 0, 10)
		eventually(t, "all are dropped", func() bool { return fan.Status()[0].Dropped == 10 })
		s.set(take)
		put(t, fan, 10, 20)
		eventually(t, "the next ones are there", func() bool { return fan.Status()[0].Sent == 10 })
		wantNumbers(t, numbers(t, s.text()), 10, 20)
		if lost.Load() != 10 {
			t.Errorf("%d: %d reported as lost", status, lost.Load())
		}
		if said := fan.Status()[0].LastError; !strings.Contains(said, fmt.Sprint(status)) {
			t.Errorf("last_error %q", said)
		}
	}
}

// TestPostReportsNoLossOfALoss: else an event that says what was lost would make the next one, for ever.
func TestPostReportsNoLossOfALoss(t *testing.T) {
	t.Parallel()
	s := newServer(t, code(400))
	var calls atomic.Uint64
	fan := openFan(t, Options{Lost: func(uint64) { calls.Add(1) }}, s.URL)
	for range 3 {
		before := fan.Status()[0].Dropped
		_ = fan.Put(Item{Line: []byte(line(1)), Loss: true})
		_ = fan.Flush()
		eventually(t, "it is dropped", func() bool { return fan.Status()[0].Dropped > before })
	}
	if calls.Load() != 0 {
		t.Errorf("%d calls of Lost", calls.Load())
	}
	put(t, fan, 0, 1)
	eventually(t, "the event is dropped", func() bool { return calls.Load() == 1 })
}

// TestPostWaitsForAToken: with a wrong token nothing is lost, and SIGHUP does not have to wait for the next try.
func TestPostWaitsForAToken(t *testing.T) {
	t.Parallel()
	for _, refusal := range []int{401, 403} {
		for _, spool := range []bool{false, true} {
			file := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.Header.Get("Authorization") != "Bearer renewed" {
					w.WriteHeader(refusal)
					return false
				}
				return true
			})
			var lost counter
			o := Options{TokenFile: file, Lost: lost.add, times: quick}
			o.times.retry = maxBackoff // so that only SIGHUP is the next try
			if spool {
				o.SpoolDir, o.SpoolMax = t.TempDir(), 1<<20
			}
			fan := openFan(t, o, s.URL)
			put(t, fan, 0, 10)
			eventually(t, "it fails", func() bool { return fan.Status()[0].FailingSince != nil })
			put(t, fan, 10, 20)
			if said := fan.Status()[0].LastError; !strings.Contains(said, fmt.Sprint(refusal)) || !strings.Contains(said, "write a valid one to "+file) {
				t.Errorf("last_error %q", said)
			}
			if err := os.WriteFile(file, []byte("renewed"), 0o600); err != nil {
				t.Fatal(err)
			}
			fan.Reopen()
			eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 20 })
			wantNumbers(t, numbers(t, s.text()), 0, 20)
			wantStatus(t, fan, 20, 0, 0)
			if st := fan.Status()[0]; st.FailingSince != nil || lost.get() != 0 {
				t.Errorf("status %+v, %d reported as lost", st, lost.get())
			}
		}
	}
}

// TestPostMakesBatchesSmaller: above the limit of a server only a line that is too large by itself goes. All others come once and in order.
func TestPostMakesBatchesSmaller(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{20, 1000, 50_000} {
		for _, spool := range []bool{false, true} {
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.ContentLength > int64(limit) {
					w.WriteHeader(http.StatusRequestEntityTooLarge)
					return false
				}
				return true
			})
			const lines = 300
			large := map[int]bool{0: true, 150: true, 151: true, lines - 1: true}
			var lost counter
			o := Options{Lost: lost.add, times: patient}
			if spool {
				o.SpoolDir, o.SpoolMax = t.TempDir(), 1<<20
			}
			fan := openFan(t, o, s.URL)
			for n := range lines {
				text := line(n)
				if large[n] {
					text = strings.TrimSuffix(text, "\n") + strings.Repeat(" ", limit) + "\n"
				}
				if err := fan.Put(Item{Line: []byte(text), Alert: n%100 == 50}); err != nil {
					t.Fatal(err)
				}
			}
			closeFan(t, fan)
			var want []int
			for n := range lines {
				if !large[n] {
					want = append(want, n)
				}
			}
			if got := numbers(t, s.text()); !slices.Equal(got, want) {
				t.Errorf("limit %d, spool %t: %d lines, want %d: %v", limit, spool, len(got), len(want), got)
			}
			wantStatus(t, fan, uint64(len(want)), uint64(len(large)), 0)
			if lost.get() != uint64(len(large)) {
				t.Errorf("%d are reported as lost", lost.get())
			}
		}
	}
}

// TestPostOnASlowLink: what takes too long is sent in smaller batches.
func TestPostOnASlowLink(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.ContentLength < 2*leastSlow {
			return true
		}
		<-r.Context().Done()
		return false
	})
	o := Options{times: quick}
	o.times.answer = 3 * time.Second // in which a busy machine answers
	fan := openFan(t, o, s.URL)
	pad := strings.Repeat(" ", 1000)
	for n := range 200 {
		_ = fan.Put(Item{Line: []byte(strings.TrimSuffix(line(n), "\n") + pad + "\n")})
	}
	_ = fan.Flush()
	eventually(t, "all are there", func() bool { return fan.Status()[0].Sent == 200 })
	wantNumbers(t, numbers(t, s.text()), 0, 200)
}

// TestBatchesGrow: a batch that was too large makes the next ones smaller, until a minute is over.
func TestBatchesGrow(t *testing.T) {
	t.Parallel()
	b, now := newBatching(512<<10, 5000, 0), time.Now()
	b.grow(now)
	b.shrink([]Item{{Line: make([]byte, 300<<10)}, {Line: make([]byte, 100<<10)}}, 0, now)
	if b.bytes != 200<<10 {
		t.Errorf("half of 400 KiB is %d", b.bytes)
	}
	b.shrink([]Item{{Line: make([]byte, 60<<10)}}, 32<<10, now)
	if b.grow(now.Add(growPause - 1)); b.bytes != 200<<10 {
		t.Errorf("%d bytes too early", b.bytes)
	}
	for _, want := range []int{400 << 10, 512 << 10, 512 << 10} {
		if b.grow(now.Add(growPause)); b.bytes != want {
			t.Errorf("%d bytes, want %d", b.bytes, want)
		}
	}
}

func TestPostWaitsAsLongAsTheServerSays(t *testing.T) {
	t.Parallel()
	var first, second atomic.Int64
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) bool {
		if first.CompareAndSwap(0, time.Now().UnixNano()) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
			return false
		}
		second.Store(time.Now().UnixNano())
		return true
	})
	fan := openFan(t, Options{}, s.URL)
	put(t, fan, 0, 1)
	eventually(t, "it is there", func() bool { return fan.Status()[0].Sent == 1 })
	if waited := time.Duration(second.Load() - first.Load()); waited < 900*time.Millisecond {
		t.Errorf("asked again after %s", waited)
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	if got := printable("send: \x1b[31mred\n\u202eé"); got != "send: ?[31mred??é" {
		t.Errorf("%q", got)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, "100000": maxRetryAfter,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
		"": -1, "-1": -1, "soon": -1, "1.5": -1, "99999999999999": -1,
	} {
		got, ok := retryAfter(text, now)
		if want < 0 && ok || want >= 0 && (!ok || got != want) {
			t.Errorf("%q: %s, %v", text, got, ok)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for failures, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 9: maxBackoff, 1 << 30: maxBackoff} {
		for range 100 {
			if got := backoff(time.Second, failures); got < most/2 || got > most {
				t.Errorf("after %d failures %s, want %s to %s", failures, got, most/2, most)
			}
		}
	}
}

func TestPostEndsInTime(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return false })
	o := Options{times: quick}
	o.times.answer = time.Minute
	fan := openFan(t, o, s.URL)
	put(t, fan, 0, 10)
	begin := time.Now()
	err := fan.Close(context.Background())
	if err == nil || !strings.Contains(err.Error(), "10 events are not delivered") {
		t.Errorf("close: %v", err)
	}
	if took := time.Since(begin); took < quick.grace || took > 10*time.Second {
		t.Errorf("closed after %s", took)
	}
	wantStatus(t, fan, 0, 10, 0)
}

// TestReplayWaits: it drops nothing while its server is slow, and goes on at its end as long as lines are taken.
func TestReplayWaits(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-r.Context().Done():
		}
		return true
	})
	fan := openFan(t, Options{Replay: true, times: patient}, s.URL)
	pad := strings.Repeat(" ", 4000)
	for n := range 3000 { // 12 MB, and the queue has 4
		if err := fan.Put(Item{Line: []byte(strings.TrimSuffix(line(n), "\n") + pad + "\n")}); err != nil {
			t.Fatal(err)
		}
	}
	closeFan(t, fan)
	wantNumbers(t, numbers(t, s.text()), 0, 3000)
	wantStatus(t, fan, 3000, 0, 0)
}

// TestReplayGoesOnWhileLinesAreRefused: a server that refuses one line after the other for longer than the grace gets the last one, too.
func TestReplayGoesOnWhileLinesAreRefused(t *testing.T) {
	t.Parallel()
	const large = 40
	o := Options{Replay: true, times: quick}
	o.times.grace, o.times.retry = large*singlePause*3/4, time.Second
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.ContentLength > 100 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return false
		}
		return true
	})
	fan := openFan(t, o, s.URL)
	for n := range large {
		_ = fan.Put(Item{Line: []byte(strings.TrimSuffix(line(n), "\n") + strings.Repeat(" ", 100) + "\n")})
	}
	put(t, fan, large, large+1)
	closeFan(t, fan)
	wantNumbers(t, numbers(t, s.text()), large, large+1)
	wantStatus(t, fan, 1, large, 0)
}

// TestReplayStops: a stop ends the wait for an output that takes nothing.
func TestReplayStops(t *testing.T) {
	t.Parallel()
	s := newServer(t, code(503))
	ctx, stop := context.WithCancel(context.Background())
	fan := openFan(t, Options{Replay: true, Stop: ctx}, s.URL)
	var puts atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20 {
			_ = fan.Put(Item{Line: make([]byte, 1<<19)})
			puts.Add(1)
		}
	}()
	eventually(t, "the queue is full", func() bool { return s.count() > 3 && puts.Load() >= 6 })
	if fan.Status()[0].Dropped != 0 {
		t.Error("a replay dropped lines")
	}
	stop()
	<-done
	if err := fan.Close(context.Background()); err == nil {
		t.Error("nothing was lost")
	}
	wantStatus(t, fan, 0, 20, 0)
}

func TestTokenIsSentAndNeverShown(t *testing.T) {
	t.Parallel()
	const old, renewed = `old"s3cret\token`, "n3w.s3cret"
	file := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(" " + old + "\n")
	var seen atomic.Value
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) bool {
		seen.Store(r.Header.Get("Authorization"))
		return true
	})
	fan := openFan(t, Options{TokenFile: file}, s.URL)
	put(t, fan, 0, 1)
	eventually(t, "the first", func() bool { return fan.Status()[0].Sent == 1 })
	if seen.Load() != "Bearer "+old {
		t.Errorf("header %q", seen.Load())
	}
	for _, wrong := range []string{"", " \n", "two words", "a\nb", "s3cr\u00e9t"} {
		write(wrong)
		fan.Reopen()
		if said := fan.Status()[0].LastError; !strings.Contains(said, file) || strings.Contains(said, "s3cr") {
			t.Errorf("%q: last_error %q", wrong, said)
		}
	}
	put(t, fan, 1, 2)
	eventually(t, "the second", func() bool { return fan.Status()[0].Sent == 2 })
	if seen.Load() != "Bearer "+old {
		t.Errorf("header %q after a file that is wrong", seen.Load())
	}
	write(renewed)
	fan.Reopen()
	s.set(func(w http.ResponseWriter, r *http.Request) bool { // it sends the header back, where no header can stand
		seen.Store(r.Header.Get("Authorization"))
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nAuthorization %s\r\n\r\n", r.Header.Get("Authorization"))
			_ = conn.Close()
		}
		return false
	})
	put(t, fan, 2, 3)
	eventually(t, "the third failed", func() bool { return strings.Contains(fan.Status()[0].LastError, "send: ") })
	if said := fan.Status()[0].LastError; strings.Contains(said, "s3cret") || !strings.Contains(said, "[redacted]") {
		t.Errorf("last_error %q", said)
	}
	if seen.Load() != "Bearer "+renewed {
		t.Errorf("header %q after SIGHUP", seen.Load())
	}
}

// TestATokenThatOthersCanRead: one warning, however many outputs have it.
func TestATokenThatOthersCanRead(t *testing.T) {
	t.Parallel()
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o640: 0, 0o444: 1, 0o604: 1} {
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte("s3cret"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		var text logText
		o := Options{TokenFile: file, Log: hclog.New(&hclog.LoggerOptions{Output: &text})}
		closeFan(t, openFan(t, o, "https://127.0.0.1:1/", "https://127.0.0.1:2/"))
		if got := strings.Count(text.String(), "[WARN]"); got != want || got > 0 && !strings.Contains(text.String(), file) {
			t.Errorf("mode %o: %s", mode, text.String())
		}
	}
}

func TestARedirectGetsNoToken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := newServer(t, take)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		return false
	})
	fan := openFan(t, Options{TokenFile: file}, s.URL)
	put(t, fan, 0, 1)
	eventually(t, "it is asked again", func() bool { return s.count() > 1 })
	if other.count() != 0 {
		t.Error("the redirect was followed")
	}
}

// TestPostTrustsTheFileOfTheEnvironment runs a process of its own: Go reads SSL_CERT_FILE once.
func TestPostTrustsTheFileOfTheEnvironment(t *testing.T) {
	t.Parallel()
	s := unstarted(take)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := openFan(t, Options{}, s.URL)
	put(t, plain, 0, 1)
	eventually(t, "the authority is not known", func() bool { return strings.Contains(plain.Status()[0].LastError, "SSL_CERT_FILE") })

	other := openFan(t, Options{}, strings.Replace(s.URL, "127.0.0.1", "localhost", 1))
	put(t, other, 0, 1)
	eventually(t, "it has another name", func() bool { return strings.Contains(other.Status()[0].LastError, "certificate is ") })
	if said := other.Status()[0].LastError; strings.Contains(said, "SSL_CERT_FILE") {
		t.Errorf("no authority cures this: %s", said)
	}

	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), "SINK_TEST_HELPER=1", "SINK_TEST_URL="+s.URL, "SSL_CERT_FILE="+authority, "SSL_CERT_DIR=/nowhere")
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "lines are there", func() bool { return len(s.text()) > 0 })
	_ = helper.Process.Kill()
	_ = helper.Wait()
}
