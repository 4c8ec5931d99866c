package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// What a shell answers for a command it cannot run.
const (
	codeNotExecutable = 126
	codeNotFound      = 127
)

// defaultPath is searched when neither the command's environment nor the own one has a PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// findProgram checks a command and finds its program: what would make fork or
// exec fail without saying what is wrong is found here.
func findProgram(cmd Command) (path string, err error) {
	if err := checkDir(cmd.Dir); err != nil {
		return "", err
	}
	if len(cmd.Argv) == 0 {
		return "", &ExecError{Code: codeNotFound, Err: errEmptyCommand}
	}
	for _, list := range [][]string{cmd.Argv, cmd.Env} {
		if slices.ContainsFunc(list, func(s string) bool { return strings.IndexByte(s, 0) >= 0 }) {
			return "", &ExecError{Path: cmd.Argv[0], Code: codeNotExecutable, Err: errNUL}
		}
	}
	return lookPath(cmd.Argv[0], cmd.Env, cmd.Dir)
}

// checkDir finds a missing working directory before the fork, whose error is
// the same as for a missing program.
func checkDir(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("the working directory does not exist")
	case err != nil:
		err = fmt.Errorf("enter the working directory: %w", err)
	case !info.IsDir():
		err = errors.New("the working directory is not a directory")
	}
	if err != nil {
		return &ExecError{Path: dir, Code: codeNotExecutable, Err: err}
	}
	return nil
}

// lookPath finds argv0 the way execvp does: as it stands if it holds a slash,
// else along PATH of the command's own environment. Relative paths are taken
// from dir, where the command will run.
func lookPath(argv0 string, env []string, dir string) (string, error) {
	if argv0 == "" {
		return "", &ExecError{Path: argv0, Code: codeNotFound, Err: errors.New("the command's name is empty")}
	}
	if strings.Contains(argv0, "/") {
		return argv0, checkExecutable(argv0, absolute(dir, argv0))
	}
	path := lookupEnv(env, "PATH", ownPath())
	var denied error
	for _, entry := range filepath.SplitList(path) {
		candidate := filepath.Join(absolute(dir, entry), argv0)
		err := checkExecutable(argv0, candidate)
		if err == nil {
			return candidate, nil
		}
		var exec *ExecError
		if denied == nil && errors.As(err, &exec) && exec.Code == codeNotExecutable {
			denied = &ExecError{Path: candidate, Code: codeNotExecutable, Err: exec.Err}
		}
	}
	if denied != nil {
		return "", denied
	}
	return "", &ExecError{Path: argv0, Code: codeNotFound,
		Err: fmt.Errorf("not found in PATH %q: install it there or give its full path", path)}
}

// ownPath is what execvp would search on behalf of a command without a PATH.
func ownPath() string {
	if path, ok := os.LookupEnv("PATH"); ok {
		return path
	}
	return defaultPath
}

// lookupEnv returns the last value of key, as the kernel's readers do not agree
// on the first and os/exec keeps the last.
func lookupEnv(env []string, key, missing string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], key+"="); ok {
			return v
		}
	}
	return missing
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// checkExecutable finds what execve would refuse for reasons that stat shows.
// Permission is left to the kernel, which also knows the command's user.
func checkExecutable(name, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return &ExecError{Path: name, Code: codeNotFound, Err: errors.New("no such file: check the path and that the image holds it")}
	case errors.Is(err, fs.ErrPermission):
		return &ExecError{Path: name, Code: codeNotExecutable, Err: errors.New("permission denied on a directory of the path")}
	case err != nil:
		return &ExecError{Path: name, Code: codeNotExecutable, Err: err}
	case info.IsDir():
		return &ExecError{Path: name, Code: codeNotExecutable, Err: errors.New("it is a directory: name the program in it")}
	case !info.Mode().IsRegular():
		return &ExecError{Path: name, Code: codeNotExecutable, Err: fmt.Errorf("it is not a regular file (%s)", info.Mode().Type())}
	case info.Mode().Perm()&0o111 == 0:
		return &ExecError{Path: name, Code: codeNotExecutable, Err: fmt.Errorf("it has no execute permission (mode %#o): chmod +x", info.Mode().Perm())}
	}
	return nil
}

// explainExec turns what ForkExec or execve said into an ExecError that names
// the cause. path is what was executed, cmd the command it was for.
func explainExec(path string, cmd Command, errno error) error {
	full := absolute(cmd.Dir, path)
	code, cause := codeNotExecutable, errno
	switch {
	case errors.Is(errno, unix.ENOENT):
		code, cause = codeNotFound, explainMissing(full)
	case errors.Is(errno, unix.ENOEXEC):
		cause = explainFormat(full)
	case errors.Is(errno, unix.EACCES):
		cause = explainDenied(full, cmd.Identity)
	case errors.Is(errno, unix.EPERM) && cmd.Identity != nil:
		cause = fmt.Errorf("become uid %d, gid %d: %w (tsboot must be root or have CAP_SETUID and CAP_SETGID)",
			cmd.Identity.UID, cmd.Identity.GID, errno)
	case errors.Is(errno, unix.E2BIG):
		cause = explainSize(path, cmd)
	case errors.Is(errno, unix.ETXTBSY):
		cause = fmt.Errorf("%w: the file is still being written", errno)
	case LacksResources(errno):
		cause = fmt.Errorf("%w: %s", errno, explainShortage(errno))
	}
	return &ExecError{Path: path, Code: code, Err: cause}
}

func explainMissing(path string) error {
	if _, err := os.Stat(path); err != nil {
		return errors.New("no such file: check the path and that the image holds it")
	}
	head := readHead(path)
	if interp, ok := scriptInterpreter(head); ok {
		return fmt.Errorf("its interpreter %q is missing: install it, or fix the script's first line", interp)
	}
	if program, _ := readELF(path); program.interpreter != "" {
		return fmt.Errorf("its loader %q is missing: it needs the libc it was linked with, or a static build", program.interpreter)
	}
	return errors.New("the file is there, but something it needs to start is missing")
}

func explainDenied(path string, id *Identity) error {
	if err := checkExecutable(path, path); err != nil {
		var exec *ExecError
		errors.As(err, &exec)
		return exec.Err
	}
	who := ""
	if id != nil {
		who = fmt.Sprintf(" for uid %d", id.UID)
	}
	if interp, ok := scriptInterpreter(readHead(path)); ok {
		return fmt.Errorf("permission denied%s on it or on its interpreter %q", who, interp)
	}
	return fmt.Errorf("permission denied%s: check its mode, its directories, and that it is not on a noexec mount", who)
}
