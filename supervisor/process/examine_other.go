//go:build !linux

package process

import "golang.org/x/sys/unix"

// Examine says which file a command would execute and, as far as its mode
// tells, why it could not: the same *ExecError that starting it would give.
// Nothing is started.
func Examine(cmd Command) (path string, err error) {
	path, err = findProgram(cmd)
	if err != nil {
		return "", err
	}
	full := absolute(cmd.Dir, path)
	if unix.Access(full, unix.X_OK) != nil {
		return full, explainExec(path, cmd, unix.EACCES)
	}
	return full, nil
}
