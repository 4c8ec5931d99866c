// Package console looks at tswatch's page in a real browser, fed by a replay of records that a hostile process could make.
package console

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

const patience = 20 * time.Second

// hostile are arguments that would do something where they were not text: run a program, end a message of the stream, hide.
var hostile = []string{
	`<script>document.title="owned"</script>`, `"><img src=x onerror="document.title='owned'">`, `<svg/onload=document.title="owned">`,
	"javascript:document.title='owned'", "\n\nevent: end\ndata: true\n\n", "\x1b[31mred", "\u202eexe.txt", "blank\u3164\ufe0f\u180e\U000e0041.", "</style></script><script>document.title='owned'</script>", "{{7*7}}${7*7}",
}

// watcher is what the test says of the page while it is open.
const watcher = `window.violations = [];
document.addEventListener('securitypolicyviolation', (e) => window.violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));`

// TestPage is one visit of one browser: a second start of it would cost more than all that is looked at.
func TestPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "chromium")
	replay := startReplay(t)
	replay.exec(t, 32000, 1, "/usr/bin/containerd-shim", "containerd-shim")
	replay.exec(t, 32090, 32000, "/bin/sh", "sh", "-c", "run")
	replay.exec(t, 32105, 32090, "/usr/bin/curl", "curl", "-O", "http://x.example/a")
	replay.exec(t, 32106, 32105, "/usr/bin/scp", "scp", "x", "u@h:")
	replay.exec(t, 32108, 32090, "/bin/sh", append([]string{"sh", "-c"}, hostile...)...)
	b := open(t, replay.url)

	b.wait("rows", `document.querySelectorAll('#list li').length >= 8`)
	b.wait("the state", `document.getElementById('state').textContent === 'live'`)
	b.wait("numbers", `document.getElementById('events').textContent === '5'`)
	b.wait("the alert", `[...document.querySelectorAll('#list li.alert.s1')].some((row) => row.textContent.includes('●') && row.textContent.includes('scp copies')) &&
		document.querySelector('#list li.alert.s2 .mark').textContent === '◐'`)
	b.wait("the picture of attribution", `document.querySelectorAll('#attribution rect').length === 3 && document.getElementById('methods').textContent.includes('runtime 3')`)
	replay.serial += 3 // lost
	for range 4 {      // a serial that is missing is waited for
		replay.exec(t, 32120, 32090, "/bin/ls", "ls")
	}
	b.wait("the picture of loss", `document.getElementById('places').textContent === 'kernel 3 (25.0 %)' && document.querySelectorAll('#loss rect').length === 2`)
	b.wait("a hostile name as text", `[...document.querySelectorAll('#list .where')].some((cell) => cell.textContent === '<img src=x onerror=alert(1)>')`)

	b.do("filter by container", chromedp.SendKeys(chromedp.CSS("#container"), "some-nginx"))
	b.wait("only rows of the container", `[...document.querySelectorAll('#list .where')].every((cell) => cell.textContent === 'some-nginx') && document.querySelectorAll('#list li').length === 4`)
	b.do("search for nothing", evaluate(`(() => { const s = document.getElementById('search'); s.value = 'no such'; s.dispatchEvent(new Event('input')) })()`))
	b.wait("the empty list", `document.querySelector('#list li.nothing').offsetHeight < 100 && document.getElementById('shown').textContent === '0 events'`)
	b.do("clear by a key", evaluate(`document.activeElement.blur()`), chromedp.KeyEvent("x"))
	b.wait("all rows again", `document.querySelectorAll('#list li').length >= 8`)
	b.choose("image", "nginx:1.27", 4)
	b.choose("rule", "docker-remote-copy-out", 1)

	b.do("alerts only", chromedp.KeyEvent("a"))
	b.wait("alerts", `document.querySelectorAll('#list li').length > 0 && document.querySelectorAll('#list li:not(.alert)').length === 0`)
	b.do("all", chromedp.KeyEvent("a"), chromedp.KeyEvent("/"))
	b.wait("the search", `document.activeElement.id === 'search'`)
	b.do("take away the / that chromedp types even where the page has taken the key", evaluate(`document.getElementById('search').value = ''`))
	b.do("search", chromedp.KeyEvent("run"+kb.Escape))
	b.wait("what was searched for", `document.activeElement.id === 'list' && document.getElementById('search').value === 'run' &&
		document.querySelectorAll('#list li time').length === 2 && [...document.querySelectorAll('#list li')].every((row) => row.textContent.includes('run'))`)

	b.do("clear, choose the oldest and the one above it, open", chromedp.KeyEvent("xGkk"+kb.Enter))
	b.wait("where and when", `['container some-nginx, image nginx:1.27, id 6064b7b66a22, pid 32105 (8 in its container)', '14 Nov 2023, ']
		.every((text) => document.getElementById('detail').innerText.includes(text))`)
	b.wait("the day of an event that is not of today", `document.querySelector('#list time').textContent.startsWith('14 Nov ')`)
	b.wait("the tree", `document.activeElement.id === 'detail' && document.querySelector('#detail .this').textContent === '32105 curl -O http://x.example/a'`)
	b.wait("parents and children", `[...document.querySelectorAll('#detail .tree li > :first-child')].map((line) => line.textContent.split(' ')[0]).join() === '1,32000,32090,32105,32106'`)
	b.do("back", chromedp.KeyEvent(kb.Escape))
	b.wait("the list", `document.activeElement.id === 'list'`)
	b.do("the keys", chromedp.KeyEvent("?"))
	b.wait("the dialog", `document.getElementById('help').open`)
	b.do("close them", chromedp.KeyEvent(kb.Escape))
	b.wait("no dialog", `!document.getElementById('help').open`)
	b.wait("focus that is seen", `(() => { document.activeElement.blur(); return true })()`)
	b.do("by Tab", chromedp.KeyEvent(kb.Tab))
	b.wait("an outline", `getComputedStyle(document.activeElement).outlineStyle === 'solid'`)

	b.do("pause", evaluate(`document.activeElement.blur()`), chromedp.KeyEvent("p"))
	before := ask[int](b, `document.querySelectorAll('#list li').length`)
	replay.exec(t, 32111, 32090, "/bin/date", "date")
	b.wait("it waits", `document.getElementById('shown').textContent.includes('1 wait')`)
	if now := ask[int](b, `document.querySelectorAll('#list li').length`); now != before {
		t.Errorf("paused, the list went from %d to %d rows", before, now)
	}
	b.do("go on", chromedp.KeyEvent("p"))
	b.wait("what waited", `document.querySelector('#list li .what').textContent === 'date'`)

	b.do("the hostile event", evaluate(`[...document.querySelectorAll('#list li')].find((row) => row.querySelector('.what').textContent.includes('<script>')).click()`))
	b.wait("its arguments as text", `document.querySelector('#detail pre').textContent.includes('<script>document.title="owned"</script>') && document.querySelector('#detail pre').textContent.includes('\\u202eexe.txt') &&
		document.querySelector('#detail pre').textContent.includes('blank\\u3164\\ufe0f\\u180e\\u{e0041}.')`)
	b.wait("nothing was made of them", `document.title === 'tswatch' && !document.querySelector('img, iframe, #list script, #detail script') && document.scripts.length === 1`)

	b.colours("light", true)
	b.contrast("light")
	b.colours("dark", false)
	b.contrast("dark")
	for _, width := range []int64{320, 500, 760} {
		b.do("a narrow window", chromedp.EmulateViewport(width, 700, chromedp.EmulateMobile))
		b.wait(fmt.Sprintf("no horizontal scroll at %d", width), `document.documentElement.scrollWidth <= innerWidth`)
		b.wait("the event in place of the list", `getComputedStyle(document.getElementById('back')).display !== 'none'`)
	}
	if violations := ask[int](b, `window.violations.length`); violations != 0 {
		t.Errorf("the policy was violated:\n%s", ask[string](b, `window.violations.join('\n')`))
	}

	replay.exec(t, 32112, 32090, "/bin/true", "true", "the-last")
	replay.end(t)
	b.wait("the last event and the end", `document.getElementById('state').textContent === 'ended' && document.querySelector('#list li .what').textContent === 'true the-last'`)
	if len(b.asked()) < 2 { // the page and its stream
		t.Errorf("the requests of the page are not seen: %q", b.asked())
	}
	for _, asked := range b.asked() {
		if !strings.HasPrefix(asked, replay.url) && !strings.HasPrefix(asked, "data:") {
			t.Errorf("the page asks another for %s", asked)
		}
	}
	for _, said := range b.said() {
		t.Errorf("the browser says: %s", said)
	}
}

// browser is one page of one browser.
type browser struct {
	t        *testing.T
	ctx      context.Context
	messages chan string

	mu       sync.Mutex
	requests []string
}

// asked is what the page has requested so far.
func (b *browser) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests)
}

func open(t *testing.T, url string) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1280, 860), chromedp.NoSandbox, chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(3*patience))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, messages: make(chan string, 100)}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.note(e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			b.note("console." + string(e.Type))
		case *network.EventRequestWillBeSent:
			b.mu.Lock()
			b.requests = append(b.requests, e.Request.URL)
			b.mu.Unlock()
		case *log.EventEntryAdded:
			b.note(e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, network.Enable, network.EnableParams{})
	// Where a window has no focus, an element has it without an event.
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watcher})
	b.do("open the page", chromedp.Navigate(url))
	return b
}

// call runs a command of the browser's protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// evaluate runs a script in the page.
func evaluate(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}

// ask is what an expression of the page is.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

func (b *browser) note(text string) {
	select {
	case b.messages <- text:
	default:
	}
}

// said is what the browser complained of so far.
func (b *browser) said() (all []string) {
	for {
		select {
		case text := <-b.messages:
			all = append(all, text)
		default:
			return all
		}
	}
}

func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// wait waits until the expression is true in the page.
func (b *browser) wait(what, expression string) {
	b.t.Helper()
	if wait.Until(patience, func() bool { return ask[bool](b, "Boolean("+expression+")") }) {
		return
	}
	b.t.Fatalf("%s: not %s\n%s\nthe page says:\n%s", what, expression, strings.Join(b.said(), "\n"), ask[string](b, `document.body.innerText`))
}

// choose takes a value of a filter, counts the rows, and takes it back.
func (b *browser) choose(filter, value string, rows int) {
	b.t.Helper()
	b.do("filter by "+filter, evaluate(fmt.Sprintf(
		`(() => { const s = document.getElementById(%q); s.value = %q; s.dispatchEvent(new Event('change')) })()`, filter, value)))
	b.wait(fmt.Sprintf("%d rows of %s %s", rows, filter, value), fmt.Sprintf(`document.querySelectorAll('#list li').length === %d`, rows))
	b.do("clear", evaluate(`document.getElementById('clear').click()`))
}

// colours looks at ground and text of a scheme.
func (b *browser) colours(scheme string, light bool) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	b.wait(scheme, fmt.Sprintf(`(() => {
		const style = getComputedStyle(document.body);
		const sum = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((a, n) => a + Number(n), 0);
		return (sum(style.backgroundColor) > sum(style.color) + 400) === %t && (sum(style.backgroundColor) + 400 < sum(style.color)) !== %t;
	})()`, light, light))
}

// contrast looks at every text that is seen: at least 4.5 to 1 against what is behind it.
func (b *browser) contrast(scheme string) {
	b.t.Helper()
	if faint := ask[string](b, contrastScript); faint != "" {
		b.t.Errorf("%s: texts that are hard to read:\n%s", scheme, faint)
	}
}

const contrastScript = `(() => {
	const parts = (colour) => { const n = colour.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n };
	const light = (colour) => parts(colour).slice(0, 3).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = (node) => { while (node && parts(getComputedStyle(node).backgroundColor)[3] < 1) node = node.parentElement; return getComputedStyle(node || document.body).backgroundColor };
	const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
	const all = [...document.querySelectorAll('body *')].filter((node) => node.checkVisibility() && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
	return [...new Set(all.filter((node) => ratio(getComputedStyle(node).color, ground(node)) < 4.5).map((node) => node.tagName + '.' + node.className + ' ' + node.textContent.slice(0, 30)))].join('\n');
})()`

// containersFile says where the processes of the replay ran.
func containersFile(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "containers.json")
	nginx := `{"id": "6064b7b66a22", "name": "some-nginx", "image": "nginx:1.27", "vpid": 8}`
	text := fmt.Sprintf(`{"32105": %s, "32106": %s, "32108": {"id": "dead", "name": "<img src=x onerror=alert(1)>", "image": "<b>:1"}}`, nginx, nginx)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// execText is the records of one exec, as auditd writes them.
func execText(serial, pid, parent int, executable string, args []string) string {
	var b strings.Builder
	head := fmt.Sprintf("msg=audit(17000000%02d.123:%d):", serial, serial)
	fmt.Fprintf(&b, "type=SYSCALL %s arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=0 items=1 ppid=%d pid=%d auid=1000 uid=0 gid=0 "+
		"euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm=%q exe=%q key=\"tswatch\"\n", head, parent, pid, filepath.Base(executable), executable)
	fmt.Fprintf(&b, "type=EXECVE %s argc=%d", head, len(args))
	for i, arg := range args {
		fmt.Fprintf(&b, " a%d=%s", i, strings.ToUpper(hex.EncodeToString([]byte(arg))))
	}
	fmt.Fprintf(&b, "\ntype=PROCTITLE %s proctitle=00\n", head)
	return b.String()
}
