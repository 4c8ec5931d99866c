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
		if _, err := Apply(o.files(keys[i%2]), nil, true); err != nil {
			return err
		}
		if i == 0 {
			fmt.Println("ready")
		}
	}
}

// bootKeys are of one length: only their content tells them apart.
func bootKeys() [2]string { return [2]string{strings.Repeat("a", 5_000), strings.Repeat("b", 5_000)} }

// TestApplyKilled kills a process that boots with one key after the other, each
// time at another moment: never is a file torn, never does an outage take over
// files of two boots, and the next boot leaves nothing of it behind.
func TestApplyKilled(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	kills, taken := 300, 0
	if testing.Short() {
		kills = 40
	}
	for range kills {
		c := helper(t, "boots", o.dir)
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		o.do(err)
		o.do(c.Start())
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatalf("the helper did not start: %v", err)
		}
		<-time.After(time.Duration(rand.IntN(6000)) * time.Microsecond)
		_ = c.Process.Kill()
		_ = c.Wait()
		a, b := o.key(o.a()), o.key(o.b())
		if _, problems := o.existing(); problems == nil {
			taken++
			if a != b {
				t.Fatalf("files of two boots are taken over: %.3s, %.3s", a, b)
			}
		}
	}
	t.Logf("after %d of %d kills the files were those of one boot", taken, kills)
	o.mustBoot("end")
	o.mustExist()
	if got, want := names(o.dir+"/one")+" "+names(o.dir+"/two"), ".tsboot-record-a.json a.json b.json"; got != want {
		t.Errorf("left behind: %s", got)
	}
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
			if got, want := names(o.dir+"/one")+" "+names(o.dir+"/two"), ".tsboot-record-a.json a.json b.json"; got != want {
				t.Errorf("left behind: %s", got)
			}
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
	record := s.record(true).target(files[0].Path, nil)
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
