package configgen

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

const bootProfile = `
name: demo
parameters:
  key: {required: true, secret: true}
  level: {default: info}
  a: {required: true}
  b: {required: true}
  registered: {required: true}
files:
  - {path: "${a}", format: json, content: {key: "${key}"}}
  - {path: "${b}", format: json, mode: "0640", content: {key: "${key}"}}
setup:
  - {name: once, argv: [register, "${key}"], secret-argv: true, creates: "${registered}"}
run: {argv: [agent, "--level=${level}"]}
`

// bootEnv is a profile whose files are below dir, and what boots it.
type bootEnv struct {
	t       *testing.T
	profile *profile.Profile
	dir     string
}

func newBootEnv(t *testing.T) *bootEnv {
	t.Helper()
	p, err := profile.Parse("demo.yaml", []byte(bootProfile))
	if err != nil {
		t.Fatal(err)
	}
	o := &bootEnv{t, p, t.TempDir()}
	if err := os.WriteFile(filepath.Join(o.dir, "registered"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// layer gives the paths, and a key where it is not empty.
func (o *bootEnv) layer(key string) []secrets.Layer {
	layer := secrets.Layer{Origin: "--set"}
	for name, value := range map[string]string{"key": key, "a": o.a(), "b": o.b(), "registered": filepath.Join(o.dir, "registered")} {
		if value != "" {
			layer.Parameters = append(layer.Parameters, secrets.Parameter{Name: name, FullName: name, Value: secrets.NewValue(value)})
		}
	}
	return []secrets.Layer{layer}
}

// boot is one that reaches the store, its setup included.
func (o *bootEnv) boot(key string) error {
	o.t.Helper()
	r, err := Resolve(o.profile, o.layer(key))
	if err != nil {
		o.t.Fatal(err)
	}
	files, err := r.Render()
	if err != nil {
		o.t.Fatal(err)
	}
	a, err := r.Apply(files, nil, false)
	if err != nil {
		return err
	}
	return fileset.ClearPending(a.Pending)
}

func (o *bootEnv) mustBoot(key string) {
	o.t.Helper()
	if err := o.boot(key); err != nil {
		o.t.Fatal(err)
	}
}

// existing is what a boot finds that does not reach the store.
func (o *bootEnv) existing() (*Resolved, fileset.Applied, error) {
	o.t.Helper()
	r, err := ResolveExisting(o.profile, o.layer(""))
	if err != nil {
		o.t.Fatalf("a missing secret is not an error in an outage: %v", err)
	}
	a, err := r.Existing(nil)
	return r, a, err
}

// refused wants the files not to be taken over, with these codes.
func (o *bootEnv) refused(codes ...string) {
	o.t.Helper()
	_, _, err := o.existing()
	var e *Error
	if !errors.As(err, &e) || len(e.Problems) != len(codes) {
		o.t.Fatalf("error %v, want problems %v", err, codes)
	}
	for i, p := range e.Problems {
		if p.Code != codes[i] || !strings.Contains(p.What, o.dir) && p.Code != "files-unrecorded" {
			o.t.Errorf("problem %+v, want %s", p, codes[i])
		}
	}
}

func (o *bootEnv) a() string      { return filepath.Join(o.dir, "one/a.json") }
func (o *bootEnv) b() string      { return filepath.Join(o.dir, "two/b.json") }
func (o *bootEnv) record() string { return filepath.Join(o.dir, "one/.tsboot-record-a.json") }

func (o *bootEnv) do(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestExisting(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.refused("files-missing", "files-missing")
	o.mustBoot("k1")
	r, a, err := o.existing()
	if err != nil || a.SetupDue || a.Pending != "" || len(a.Unchanged) != 2 {
		t.Fatalf("got %+v, %v, want both files, unchanged", a, err)
	}
	if argv, err := r.Run(); err != nil || argv[1] != "--level=info" {
		t.Errorf("run %q, %v", argv, err)
	}
	if plan, err := r.Setup(false); err != nil || len(plan.Skipped) != 1 {
		t.Errorf("setup %v, %v, want the step skipped", plan, err)
	}
	if _, err := r.Setup(true); err == nil || !strings.Contains(err.Error(), "key") {
		t.Errorf("error %v, want one that names the secret the step needs", err)
	}
	o.mustBoot("k2")
	o.mustBoot("k2") // nothing changes
	if _, _, err := o.existing(); err != nil {
		t.Error(err)
	}
}

// TestExistingOfNoBoot: what no boot, or more than one, wrote is not taken over,
// and the next boot that reaches the store makes it whole.
func TestExistingOfNoBoot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(o *bootEnv)
		want   []string
	}{
		"the image's own files": {func(o *bootEnv) { o.do(os.Remove(o.record())) }, []string{"files-unrecorded"}},
		"one file gone":         {func(o *bootEnv) { o.do(os.Remove(o.b())) }, []string{"files-missing"}},
		"a vendor's tool edits": {func(o *bootEnv) { o.do(os.WriteFile(o.a(), []byte(`{"key": "k9"}`), 0o600)) }, []string{"files-mixed"}},
		"a file of the boot before is put back": {func(o *bootEnv) {
			o.do(os.Rename(o.b(), o.b()+".k2"))
			o.mustBoot("k1")
			o.do(os.Rename(o.b()+".k2", o.b()))
		}, []string{"files-mixed"}},
		"a file of another mode":    {func(o *bootEnv) { o.do(os.Chmod(o.a(), 0o644)) }, []string{"files-foreign"}},
		"a link":                    {func(o *bootEnv) { o.do(os.Rename(o.a(), o.a()+"2")); o.do(os.Symlink(o.a()+"2", o.a())) }, []string{"files-foreign"}},
		"a record that others read": {func(o *bootEnv) { o.do(os.Chmod(o.record(), 0o644)) }, []string{"files-unrecorded"}},
		"not a record":              {func(o *bootEnv) { o.do(os.WriteFile(o.record(), []byte("{"), 0o600)) }, []string{"files-unrecorded"}},
		"another version's record":  {func(o *bootEnv) { o.do(os.WriteFile(o.record(), []byte(`{"version": 9}`), 0o600)) }, []string{"files-unrecorded"}},
		"a record that is a link": {func(o *bootEnv) {
			o.do(os.Rename(o.record(), o.record()+"2"))
			o.do(os.Symlink(o.record()+"2", o.record()))
		}, []string{"files-unrecorded"}},
		"a profile with one file more": {func(o *bootEnv) {
			fewer := *o.profile
			fewer.Files = fewer.Files[:1]
			(&bootEnv{o.t, &fewer, o.dir}).mustBoot("k2")
		}, []string{"files-mixed"}},
		"an open directory": {func(o *bootEnv) { o.do(os.Chmod(filepath.Dir(o.b()), 0o777)) }, []string{"directory-open"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBootEnv(t)
			o.mustBoot("k2")
			c.change(o)
			o.refused(c.want...)
			_ = os.Chmod(filepath.Dir(o.b()), 0o755)
			o.mustBoot("k2")
			if _, _, err := o.existing(); err != nil {
				t.Errorf("after a boot: %v", err)
			}
		})
	}
}

// TestExistingAfterACopy: a volume that was copied or restored with its times is taken over.
func TestExistingAfterACopy(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.mustBoot("k1")
	for _, name := range []string{o.a(), o.b(), o.record()} {
		info, err := os.Stat(name)
		o.do(err)
		content, err := os.ReadFile(name)
		o.do(err)
		o.do(os.Remove(name))
		o.do(os.WriteFile(name, content, info.Mode()))
		o.do(os.Chtimes(name, time.Time{}, info.ModTime()))
	}
	if _, _, err := o.existing(); err != nil {
		t.Error(err)
	}
	o.mustBoot("k1")
}

// TestExistingSetupDue: a setup that has not ended is due in an outage, too.
func TestExistingSetupDue(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.mustBoot("k1")
	r, err := Resolve(o.profile, o.layer("k2"))
	o.do(err)
	files, err := r.Render()
	o.do(err)
	if _, err := r.Apply(files, nil, false); err != nil {
		t.Fatal(err)
	}
	_, a, err := o.existing()
	if err != nil || !a.SetupDue || a.Pending != o.record() {
		t.Fatalf("%+v, %v", a, err)
	}
	o.do(fileset.ClearPending(a.Pending))
	if _, a, err := o.existing(); err != nil || a.SetupDue || a.Pending != "" {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestExistingWithACondition: in an outage it is not known whether a file had its condition: it counts when it is there.
func TestExistingWithACondition(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := parsed(t, strings.ReplaceAll(`parameters: {key: {}, psk: {secret: true}}
files:
  - {path: DIR/conf, format: json, content: {key: "${key}"}}
  - {path: DIR/psk, format: text, when: "${psk}", text: "${psk|raw}"}
  - {path: DIR/only, format: text, when: psk, text: x}
`, "DIR", dir))
	boot := func(pairs ...string) {
		t.Helper()
		r := resolve(t, p, store(pairs...))
		files, err := r.Render()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Apply(files, nil, false); err != nil {
			t.Fatal(err)
		}
	}
	existing := func() string {
		t.Helper()
		r, err := ResolveExisting(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Existing(nil)
		if err != nil {
			return err.Error()
		}
		var names []string
		for _, path := range a.Unchanged {
			names = append(names, filepath.Base(path))
		}
		return strings.Join(names, " ")
	}
	boot("key", "a")
	if got := existing(); got != "conf" {
		t.Errorf("without the condition: %s", got)
	}
	boot("key", "b", "psk", "0123456789")
	if got := existing(); got != "conf psk only" {
		t.Errorf("with the condition: %s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "psk"), []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := existing(); !strings.Contains(got, "psk is not as the last boot wrote it") {
		t.Errorf("edited: %s", got)
	}
}
