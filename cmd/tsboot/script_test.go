package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/integration/clitest"
	"github.com/tsboot/tsboot/integration/fakeagent/agent"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
	"github.com/tsboot/tsboot/supervisor"
)

// waitDeadline bounds every wait of a script: long enough for a loaded machine, short enough to end a hung test.
const waitDeadline = 20 * time.Second

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == boot.WorkerArgument { // tsboot starts its own executable, which is this one
		main()
	}
	testscript.Main(m, map[string]func(){"tsboot": main, "agent": agent.Main})
}

// TestScripts runs testdata/script/*.txtar, each against a Parameter Store of its own. Beside testscript's own commands:
//
//	param NAME VALUE [TYPE]   put a SecureString into the store, or another type; secretsmanager: a secret of that id
//	paramfile NAME FILE       the same with the content of a file, its last newline too
//	inwork FILE...            put the script's directory in the place of @WORK@
//	fault JSON                append a fault to the store's script (see secretstest.Fault)
//	nofaults                  drop the faults that are left
//	calls N                   the store was asked N times for parameters
//	awaitcalls N              wait until it was
//	code N command [arg...]   run to the end, like exec, and expect exit code N
//	broken N [arg...]         run tsboot check with these arguments, plain and as JSON, and the boot itself: all end with N,
//	                          check changes nothing, and shows no value that begins with sikrit
//	sendsig SIGNAL            to the newest background command
//	exitcode N                the background command that sendsig or await named ended with code N
//	await FILE                wait until the file is there and not empty
//	jsonlog FILE              each line of FILE (stderr: of the last command) is an object of the log as the contract has it
//	awaitlog NAME TEXT        wait until the file NAME, where a background command logs, contains TEXT (\n: a new line)
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("TSBOOT_UPDATE_SCRIPTS") != "",
		Setup:               setUpStore,
		Condition:           condition,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"param":      cmdParam,
			"paramfile":  cmdParamFile,
			"inwork":     cmdInWork,
			"fault":      cmdFault,
			"nofaults":   cmdNoFaults,
			"broken":     cmdBroken,
			"calls":      cmdCalls,
			"awaitcalls": cmdAwaitCalls,
			"code":       clitest.Code,
			"sendsig":    cmdSendsig,
			"exitcode":   cmdExitcode,
			"await":      cmdAwait,
			"awaitlog":   cmdAwaitLog,
			"jsonlog":    cmdJSONLog,
		},
	})
}

type storeKey struct{}

func setUpStore(env *testscript.Env) error {
	store, err := secretstest.Start("")
	if err != nil {
		return err
	}
	env.Defer(store.Close)
	env.Values[storeKey{}] = store
	env.Values[logTypesKey{}] = logTypes{}
	env.Vars = append(env.Vars, store.Env()...)
	path, err := exec.LookPath("agent")
	if err != nil {
		return err
	}
	env.Vars = append(env.Vars, "BIN="+filepath.Dir(path))
	// The race detector's runtime otherwise makes every process sleep for a second before it exits.
	env.Vars = append(env.Vars, "GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	// A script is told apart from the machine it runs on: no variable of the runner may point tsboot elsewhere.
	env.Vars = append(env.Vars, "AWS_EC2_METADATA_DISABLED=true", "HOME="+env.WorkDir, "TSBOOT_RUN_DIR="+filepath.Join(env.WorkDir, "run"))
	return nil
}

func storeOf(ts *testscript.TestScript) *secretstest.Server {
	return ts.Value(storeKey{}).(*secretstest.Server)
}

func cmdParam(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case neg || len(args) < 2 || len(args) > 3:
		ts.Fatalf("usage: param NAME VALUE [TYPE]")
	case len(args) == 2:
		storeOf(ts).Put(args[0], args[1])
	case args[2] == "secretsmanager":
		storeOf(ts).PutSecret(args[0], args[1])
	default:
		storeOf(ts).Put(args[0], args[1], secretstest.Type(args[2]))
	}
}

func cmdParamFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: paramfile NAME FILE")
	}
	storeOf(ts).Put(args[0], ts.ReadFile(args[1]))
}

func cmdInWork(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: inwork FILE...")
	}
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "@WORK@", ts.Getenv("WORK"))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

func cmdFault(ts *testscript.TestScript, neg bool, args []string) {
	var fault secretstest.Fault
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fault JSON")
	}
	ts.Check(json.Unmarshal([]byte(args[0]), &fault))
	storeOf(ts).Script(fault)
}

func cmdNoFaults(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: nofaults")
	}
	storeOf(ts).ClearFaults()
}

// callsOf counts the requests for parameters so far.
func callsOf(ts *testscript.TestScript) int {
	return len(storeOf(ts).Calls("GetParametersByPath", "GetParameters", "GetParameter"))
}

func cmdAwaitCalls(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	wait.For(ts, waitDeadline, args[0]+" calls", func() bool { return callsOf(ts) >= want })
}

func cmdCalls(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := callsOf(ts)
	if (got == want) == neg {
		ts.Fatalf("the store was asked %d times, want %d (negated: %v)", got, want, neg)
	}
}

// lastSignalled is the background command that a script last sent a signal, by the name of the script.
var lastSignalled sync.Map

func cmdSendsig(ts *testscript.TestScript, neg bool, args []string) {
	background := ts.BackgroundCmds()
	if neg || len(args) != 1 || len(background) == 0 {
		ts.Fatalf("usage: sendsig SIGNAL, with a command in the background")
	}
	signal, err := supervisor.ParseSignal(args[0])
	ts.Check(err)
	newest := background[len(background)-1]
	ts.Check(newest.Process.Signal(syscall.Signal(signal)))
	lastSignalled.Store(ts.Name(), newest)
}

func cmdExitcode(ts *testscript.TestScript, neg bool, args []string) {
	command, ok := lastSignalled.Load(ts.Name())
	if neg || len(args) != 1 || !ok {
		ts.Fatalf("usage: exitcode N, after sendsig and wait")
	}
	state := command.(*exec.Cmd).ProcessState
	if state == nil {
		ts.Fatalf("exitcode: the command still runs: wait for it first")
	}
	if got := strconv.Itoa(state.ExitCode()); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	file := ts.MkAbs(args[0])
	wait.For(ts, waitDeadline, "file "+args[0], func() bool {
		info, err := os.Stat(file)
		return err == nil && info.Size() > 0
	})
}

func cmdAwaitLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: awaitlog FILE TEXT")
	}
	file, wanted := ts.MkAbs(args[0]), strings.ReplaceAll(args[1], `\n`, "\n")
	wait.For(ts, waitDeadline, args[0]+" to contain "+args[1], func() bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), wanted)
	})
}
