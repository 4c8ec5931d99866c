package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/integration/clitest"
)

// privileged says whether scripts may mount and become another user.
var privileged = sync.OnceValue(func() error {
	out, err := exec.Command("unshare", "-m", "sh", "-c", "mount -t tmpfs none /tmp && setpriv --reuid 65534 --regid 65534 --clear-groups true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w %s", err, out)
	}
	return nil
})

// condition knows the scripts' own conditions. Where TSBOOT_REQUIRE names root, the lack of it is a failure.
func condition(name string) (bool, error) {
	if name != "privileged" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	err := privileged()
	if err != nil && slices.Contains(strings.Split(os.Getenv("TSBOOT_REQUIRE"), ","), "root") {
		return false, fmt.Errorf("needs root that may mount: %w", err)
	}
	return err == nil, nil
}

// cmdBroken is the command broken of the scripts. What check prints is left as stdout.
func cmdBroken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: broken N [arg...]")
	}
	code, args := args[0], args[1:]
	clitest.Code(ts, false, append([]string{code, "tsboot"}, args...))
	before := tree(ts)
	clitest.Code(ts, false, append([]string{code, "tsboot", "check", "--json"}, args...))
	shown := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	var r boot.Report
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &r))
	if strconv.Itoa(r.ExitCode) != code || r.OK == (r.ExitCode != 0) {
		ts.Fatalf("JSON has exit code %d, ok %v", r.ExitCode, r.OK)
	}
	clitest.Code(ts, false, append([]string{code, "tsboot", "check"}, args...))
	if after := tree(ts); after != before {
		ts.Fatalf("check changed files:\n%s\nbefore:\n%s", after, before)
	}
	for _, p := range slices.Concat(r.Problems, r.Warnings) {
		if e := boot.EntryOf(p.Code); e.Seen == "" || p.Section == "" || p.What == "" || p.Fix == "" {
			ts.Fatalf("a problem that is not explained: %+v", p)
		}
	}
	if shown += ts.ReadFile("stdout") + ts.ReadFile("stderr"); strings.Contains(shown, "sikrit") {
		ts.Fatalf("a value is shown")
	}
}

// tree lists what is in the script's directory, and when it was changed.
func tree(ts *testscript.TestScript) string {
	var b strings.Builder
	err := filepath.WalkDir(ts.MkAbs("."), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			fmt.Fprintln(&b, path, info.Mode(), info.Size(), info.ModTime())
		}
		return err
	})
	ts.Check(err)
	return b.String()
}
