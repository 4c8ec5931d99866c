//go:build linux

package fileset

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// helperBoots boots with two keys in turn until it is killed: DIR.
func helperBoots(args []string) error {
	o := &bootEnv{dir: args[0]}
	keys := bootKeys()
	for i := 0; ; i++ {
		if _, err := Apply(o.files(keys[i%2]), nil, Options{Skips: true}); err != nil {
			return err
		}
		if i == 0 {
			fmt.Println("ready")
		}
	}
}

// bootKeys are of one length: only their content tells them apart.
func bootKeys() [2]string { return [2]string{strings.Repeat("a", 5_000), strings.Repeat("b", 5_000)} }

// helperTrials makes trials with two keys in turn until it is killed; half of them are undone: DIR.
func helperTrials(args []string) error {
	o := &bootEnv{dir: args[0]}
	keys := bootKeys()
	for i := 0; ; i++ {
		a, err := Apply(o.files(keys[i%2]), nil, Options{Skips: true, Keep: true})
		if err == nil && i%3 == 0 {
			err = a.Kept.Discard()
		} else if err == nil {
			err = a.Kept.Restore()
		}
		if err != nil {
			return err
		}
		if i == 0 {
			fmt.Println("ready")
		}
	}
}

// TestApplyKilled kills a process that boots with one key after the other, or makes
// trials with them, each time at another moment: never is a file torn, never does an
// outage take over files of two boots, and the next boot leaves nothing of it behind.
func TestApplyKilled(t *testing.T) {
	t.Parallel()
	for name, kills := range map[string]int{"boots": 300, "trials": 300} {
		if testing.Short() {
			kills = 40
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBootEnv(t)
			taken := 0
			for range kills {
				if o.killed(name) {
					taken++
				}
			}
			t.Logf("after %d of %d kills the files were those of one boot", taken, kills)
			o.mustBoot("end")
			o.mustExist()
			o.wantNothingLeft()
		})
	}
}

// killed kills a helper, and says whether the files that it leaves are those of one boot.
func (o *bootEnv) killed(name string) bool {
	o.t.Helper()
	c := helper(o.t, name, o.dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	o.do(err)
	o.do(c.Start())
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		o.t.Fatalf("the helper did not start: %v", err)
	}
	<-time.After(time.Duration(rand.IntN(6000)) * time.Microsecond)
	_ = c.Process.Kill()
	_ = c.Wait()
	a, b := o.key(o.a()), o.key(o.b())
	if info, err := os.Stat(o.b()); err != nil || info.Mode() != 0o640 {
		o.t.Fatalf("the file at its path has another mode: %v, %v", info, err)
	}
	_, problems := o.existing()
	if problems == nil && a != b {
		o.t.Fatalf("files of two boots are taken over: %.3s, %.3s", a, b)
	}
	return problems == nil
}

// TestApplyDies stops a boot after each of its renames, as SIGKILL would. It does not
// run beside tests that start processes: until its exec, a child has the locks that
// say which temporary files are in use.
func TestApplyDies(t *testing.T) {
	for renames := range 4 {
		t.Run(fmt.Sprint(renames), func(t *testing.T) {
			t.Parallel()
			o := newBootEnv(t)
			o.mustBoot("k1")
			o.die("k2", renames)
			switch renames {
			case 0, 3: // the boot before, or this one
				if a := o.mustExist(); a.SetupDue != (renames == 3) {
					t.Errorf("%+v", a)
				}
			default:
				_, problems := o.existing()
				if len(problems) != 1 || !strings.Contains(problems[0].What, "did not finish") {
					t.Errorf("files of two boots: %+v", problems)
				}
			}
			o.mustBoot("k2")
			o.mustExist()
			o.wantNothingLeft()
		})
	}
}

// die is a boot that ends after so many renames.
func (o *bootEnv) die(key string, renames int) {
	o.t.Helper()
	files := o.files(key)
	s := &set{}
	defer s.close()
	o.do(s.open(files))
	for _, t := range s.changed {
		o.do(t.writeTemp())
	}
	record := s.record(true).target(files[0], nil)
	defer record.close()
	o.do(record.open())
	o.do(record.writeTemp())
	for _, t := range append([]*target{record}, s.changed...)[:renames] {
		o.do(t.moveIntoPlace())
	}
}

// key is that of a whole file.
func (o *bootEnv) key(name string) string {
	o.t.Helper()
	got, err := os.ReadFile(name)
	o.do(err)
	for _, key := range bootKeys() {
		if bytes.Equal(got, []byte("{\n  \"key\": \""+key+"\"\n}\n")) {
			return key
		}
	}
	o.t.Fatalf("%s is torn: %d bytes", name, len(got))
	return ""
}
