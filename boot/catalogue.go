package boot

import (
	"slices"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// An Entry explains one code of a problem or warning, whichever room it comes from. docs/errors.md is made of them.
type Entry struct {
	Code  string
	Kind  Kind // None for a warning
	Seen  string
	Cause string
	Do    string
}

// Catalogue is all codes, in the order of the documentation.
func Catalogue() []Entry {
	list := append([]Entry(nil), bootEntries...)
	for _, e := range slices.Concat(secrets.Catalogue(), ssm.Catalogue()) {
		list = append(list, Entry{e.Code, Kind(e.Kind), e.Seen, e.Cause, e.Do})
	}
	for _, e := range configgen.Catalogue() {
		list = append(list, Entry{e.Code, Kind(e.Kind), e.Seen, e.Cause, e.Do})
	}
	return append(list, commandEntries...)
}

// EntryOf is the entry of a code; one that is not in the catalogue has an entry with nothing but the code.
func EntryOf(code string) Entry {
	for _, e := range Catalogue() {
		if e.Code == code {
			return e
		}
	}
	return Entry{Code: code}
}

// codeUser is the code of a --user that tsboot cannot become, signal or give files to.
const codeUser = "user-lacks-capability"

// codeTooLarge is the code of arguments and environment that the kernel does not take.
const codeTooLarge = "arguments-too-large"

// codeOfKind is the code of an error that has none of its own.
func codeOfKind(kind Kind) string {
	switch kind {
	case Usage:
		return "usage"
	case NotFound:
		return "command-not-found"
	case CannotExecute:
		return "command-not-executable"
	case SetupFailed:
		return "setup-failed"
	case Survivors:
		return "processes-survive"
	case CannotWrite:
		return "output-not-written"
	case CrashLoop:
		return "crash-loop"
	case Stopped:
		return "stopped"
	}
	return "bug"
}

var bootEntries = []Entry{
	{"usage", Usage, "a flag, variable or argument that is not known or has a value that it cannot have",
		"a misspelt flag, a duration without a unit, a user that is not in the image",
		"correct what is named; tsboot --help lists the flags"},
	{"unknown-variable", None, "a TSBOOT_ variable that matches no flag",
		"a misspelt variable, or one that a Docker or Kubernetes service link named tsboot makes",
		"remove it, or correct its name"},
	{"empty-source", None, "a flag or variable that names a source and is empty: it counts as not given",
		"a variable of the shell or of compose (${UNSET}) that has no value",
		"give it a value, or remove it"},
	{"profile-too-large", Usage, "a profile file of more than 1 MiB", "--profile names another file, or a device",
		"name the profile with --profile"},
}

var commandEntries = []Entry{
	{"command-not-found", NotFound, "a command that is not there, or whose interpreter or loader is not",
		"the agent is not installed in the image, another PATH, a script for a shell that the image lacks, a program linked with another libc",
		"install it in the image, or correct its name after -- or in the profile"},
	{"command-not-executable", CannotExecute, "a command that is there and cannot be executed",
		"no execute permission (also for --user, or on a directory above), a noexec mount, another architecture, no #! line, tsboot without the right to become --user",
		"fix what is said of the file"},
	{codeUser, CannotExecute, "tsboot lacks a capability that --user takes; 73 where it only lacks the one to give files to that user",
		"--cap-drop ALL without adding SETUID, SETGID, KILL (and CHOWN where files are written); a container that does not run as root",
		"add the capabilities that are named, or start the container as that user and leave out --user"},
	{"no-resources", Unavailable, "a command that cannot be started, or a setup command that was killed, because memory, processes or descriptors are used up",
		"a memory limit, a limit of processes (pids of the container, ulimit -u) or of open files that is too low, or that another has used up",
		"raise the limit that is named; a restart may find it free"},
	{codeTooLarge, CannotExecute, "arguments and environment that are larger than the kernel takes for any command; the largest three are named",
		"a parameter or a variable of more than 128 KiB; thousands of parameters with exec; a low ulimit -s",
		"give the large ones in files (files of a profile, --secrets-dir), read fewer, or raise ulimit -s where it is under 24 MiB"},
	{"setup-failed", SetupFailed, "a setup command that failed, cannot be run or took too long; its last output is in the log",
		"the agent's own setup refused: a wrong key, no way to its service, an argument it does not know",
		"see the command's output, which is in the log line"},
	{"crash-loop", CrashLoop, "the agent ended too often (--start-limit-burst) although with code 0",
		"an agent that goes to the background by itself, or has nothing to do",
		"run it in the foreground, or name its pid file with run.follow in the profile"},
	{"processes-survive", Survivors, "processes below tsboot that did not die of SIGKILL at the end, although the agent's own code was 0",
		"a set-uid program where tsboot lacks CAP_KILL, a process that waits in the kernel (a dead network file system)",
		"give the container CAP_KILL, or look at what the processes that the log names wait for"},
	{"stopped", Stopped, "signal n stopped tsboot before the agent ran, or ended the agent",
		"a stop by the orchestrator; 137 (SIGKILL) also when the memory limit is reached",
		"nothing, or look at the limits"},
	{"output-not-written", CannotWrite, "a command whose standard output is full or closed, so that what it printed is not whole",
		"a full disk, >&-; a reader that has left (head), which is not said",
		"free the disk, or send the output elsewhere"},
	{codeHangs, Unavailable, "preparing a boot (or render, check, export, iam-policy) that has not ended 2 s after --fetch-timeout; the message names what it was at",
		"a pipe that nobody writes to as profile or as a file of AWS settings, a dead network file system, a stopped process",
		"name a file in place of the pipe, or look at the file system that is named"},
	{"worker-not-started", Unavailable, "the process of tsboot that prepares the boot cannot be started",
		"a limit of processes (pids cgroup, ulimit -u), of memory or of open files is reached, or /proc is not mounted",
		"raise the limit, or mount /proc"},
	{"worker-killed", Unavailable, "the process of tsboot that prepares the boot was killed, or found no memory or no thread",
		"the memory limit of the container, a limit of processes, somebody's kill",
		"raise the limit, or look at who sent the signal"},
	{codeHeld, CannotWrite, "the run directory, where the control socket lives, belongs to another tsboot that runs; its pid is named",
		"two tsboots in one container or on one machine, or containers that share the directory",
		"give each a --run-dir of its own, or turn the socket off with --run-dir \"\""},
	{codeNotAsked, Unavailable, "status or refresh, and no tsboot answers in the run directory",
		"none runs, it runs with another --run-dir or in another container, or as another user",
		"ask in its container, as its user, with its --run-dir"},
	{"no-control-socket", None, "a run directory that cannot be made or written, so that status, health and refresh find no tsboot; all else works",
		"a container with a read-only root and no writable mount there, a user that is not root, a file of that name",
		"mount a writable directory there (a tmpfs is enough), or name another with --run-dir, or turn the socket off with --run-dir \"\""},
	{"bug", Bug, "tsboot itself is at fault", "a bug", "report it with the log"},
	{"instance-role", None, "an ECS task that uses the role of its instance",
		"no taskRoleArn, or host networking without ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true on the ECS agent",
		"give the task a role of its own"},
	{"near-reference", None, "with --resolve-env, a variable whose value looks like ssm://REF and is not",
		"another case, a slash too few, a blank or a quote around it (ssm:/app/key, SSM:///app/key)",
		"write ssm://REF, as in ssm:///app/prod/key"},
	{"dangling-link", None, "a link in a directory of secrets that leads nowhere; it is passed over",
		"the secret behind it is not mounted, or was renamed",
		"mount the file that it names, or remove the link"},
	{"white-space", None, "a value with white space or a line break around it, which is removed",
		"a key that was pasted or stored with its newline (echo, a file's last line)",
		"store it again without"},
	{"secret-readable", None, "a file that holds a secret and has a mode by which its group or all others can read it",
		"mode: 0644 or 0640 in the profile, and a parameter that is a secret by its source (a SecureString) or by the profile",
		"leave out mode (0600), or add world-readable-secrets: true to the file if that is meant"},
	{"capability-missing", None, "a capability that the profile says the agent needs, and that it will not have",
		"a container without it (Docker and ECS give only some), or an agent that does not run as root",
		"add it to the container: linuxParameters.capabilities.add in ECS, --cap-add, securityContext.capabilities.add"},
	{"dangerous-variable", None, "a parameter that is not exported, because its variable changes how programs load",
		"a parameter named path, ld-preload, node-options, ...",
		"rename it, or allow it with --allow-env"},
}
