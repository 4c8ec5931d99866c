package stage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// takeAway bounds the end of a boot that did not come to its stop.
const takeAway = 20 * time.Second

// A Boot is the tsboot that a demo shows: with a directory of its own, and a Parameter Store in memory whose deploy key rotates.
type Boot struct {
	Keys    []string // the deploy keys, one after the other: what is printed is searched for them
	Profile string   // the file of the profile
	Server  *secretstest.Server
	Running *Program // once it is started

	dir    string
	tsboot string
	given  string // the same, as the command line has it
	tree   string // below which the parameters are
}

// NewBoot makes the directory and the store, with the first of the keys in it.
func NewBoot(tsboot, tree string, keys int) (*Boot, error) {
	program, err := filepath.Abs(tsboot)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tsboot-demo.")
	if err != nil {
		return nil, err
	}
	b := &Boot{Profile: filepath.Join(dir, "profile.yaml"), dir: dir, tsboot: program, given: tsboot, tree: tree}
	if b.Server, err = secretstest.Start(""); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for range keys {
		b.Keys = append(b.Keys, "demo-"+rand.Text())
	}
	b.put(0)
	return b, nil
}

// Path is below the directory.
func (b *Boot) Path(elements ...string) string {
	return filepath.Join(append([]string{b.dir}, elements...)...)
}

// Put puts a parameter that is no secret below the tree.
func (b *Boot) Put(name, value string) {
	b.Server.Put(b.tree+"/"+name, value, secretstest.Type(secretstest.TypeString))
}

func (b *Boot) put(n int) { b.Server.Put(b.tree+"/deploy-key", b.Keys[n]) }

// Rotate puts the n-th key into the store, and shows the command that does so: the AWS CLI may not be here.
func (b *Boot) Rotate(n int) {
	fmt.Printf("$ aws ssm put-parameter --overwrite --type SecureString --name %s/deploy-key --value \"$KEY\"\n", b.tree)
	b.put(n)
}

// KeyOf says which key a text has, from 1; 0: none.
func (b *Boot) KeyOf(text string) int {
	for n, key := range b.Keys {
		if strings.Contains(text, key) {
			return n + 1
		}
	}
	return 0
}

// MoveProfile writes the profile that tsboot ships, changed.
func (b *Boot) MoveProfile(name string, change func(string) string) error {
	shipped, err := exec.Command(b.tsboot, "profiles", "show", name).Output()
	if err != nil {
		return fmt.Errorf("tsboot profiles show: %w", err)
	}
	return os.WriteFile(b.Profile, []byte(change(string(shipped))), 0o600)
}

// variables lead a tsboot to the store, and to the one that runs.
func (b *Boot) variables() []string {
	return append(b.Server.Env(), "TSBOOT_RUN_DIR="+b.Path("run"))
}

// Command is tsboot with arguments, in an environment that leads it to the store and nowhere else.
func (b *Boot) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(b.tsboot, args...)
	cmd.Env = append(b.variables(), "PATH="+os.Getenv("PATH"))
	return cmd
}

// ShowCommand shows a command of tsboot, as it is typed.
func (b *Boot) ShowCommand(args ...string) { Command(append([]string{b.given}, args...)...) }

// Show runs a command of tsboot that ends by itself, and shows what it prints on its standard output.
func (b *Boot) Show(args ...string) error {
	b.ShowCommand(args...)
	cmd := b.Command(args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if b.KeyOf(string(out)) != 0 {
		return fmt.Errorf("tsboot %s shows the key", args[0])
	}
	Indent(string(out))
	return err
}

// Start starts tsboot on the store and the profile.
func (b *Boot) Start(args ...string) (err error) {
	args = append([]string{"--ssm-path", b.tree, "--profile", b.Profile}, args...)
	b.ShowCommand(args...)
	b.Running, err = Start(b.Command(args...))
	return err
}

// Ended says whether it has ended.
func (b *Boot) Ended() bool {
	select {
	case <-b.Running.Ended:
		return true
	default:
		return false
	}
}

// Refresh runs tsboot refresh, shows what it says, and wants it to end with the code.
func (b *Boot) Refresh(want int) error {
	b.ShowCommand("refresh")
	cmd := b.Command("refresh")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("tsboot refresh: %w", err)
	}
	if b.KeyOf(string(out)) != 0 {
		return errors.New("tsboot refresh shows the key")
	}
	code := cmd.ProcessState.ExitCode()
	fmt.Printf("tsboot refresh ends with %d and says:\n", code)
	Indent(string(out))
	if code != want {
		return fmt.Errorf("tsboot refresh ended with %d, want %d", code, want)
	}
	return nil
}

// Stop asks tsboot to stop, and wants that it ends with the 0 of its agent.
func (b *Boot) Stop(ctx context.Context) error {
	Command("kill", "-TERM", fmt.Sprint(b.Running.PID()))
	code, err := b.Running.Stop(ctx)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d, want the agent's 0", code)
	}
	return err
}

// Introduce says how to look on from another terminal while a demo of make waits.
func (b *Boot) Introduce(target string, pause bool) {
	if !pause {
		fmt.Printf("\nTo run the commands by yourself, in another terminal: make %s PAUSE=1 waits after each act.\n", target)
		return
	}
	fmt.Print("\nThe commands work in another terminal while this one waits, after these lines:\n\n")
	Exports(b.variables())
}

// End ends a tsboot that still runs as a stop does, so that its agent puts back what it has changed.
func (b *Boot) End() error {
	if b.Running == nil || b.Ended() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeAway)
	defer cancel()
	_, err := b.Running.Stop(ctx)
	b.Running.Kill()
	return err
}

// Clear takes everything away.
func (b *Boot) Clear() error {
	err := b.End()
	b.Server.Close()
	return errors.Join(err, os.RemoveAll(b.dir))
}
