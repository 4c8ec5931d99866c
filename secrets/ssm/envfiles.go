package ssm

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/secrets"
)

// awsFiles are the files that the SDK reads whole: the variable that names each,
// and where it is in HOME if the variable is not set.
var awsFiles = []struct {
	variable, home string
	limit          int
}{
	{"AWS_CONFIG_FILE", ".aws/config", 1 << 20},
	{"AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", 1 << 20},
	{"AWS_CA_BUNDLE", "", 8 << 20},
	{"AWS_WEB_IDENTITY_TOKEN_FILE", "", 1 << 20},
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "", 1 << 20},
}

// checkFiles refuses a file above its limit: the SDK would read all of it. The SDK
// reports every other fault of a file.
func (e environment) checkFiles() error {
	for _, f := range awsFiles {
		path := e.get(f.variable)
		if home := e.get("HOME"); path == "" && f.home != "" && home != "" {
			path = filepath.Join(home, f.home)
		}
		var large *secrets.TooLargeError
		if path != "" && errors.As(checkSize(path, f.limit), &large) {
			e := newError(CodeFileTooLarge, "read", path, large.Error())
			e.Fix = "correct " + f.variable + " or the file"
			return e
		}
	}
	return nil
}

// checkSize reads a file only if its size says nothing: a device, a file of
// /proc. It does not read a pipe, which would be empty for the SDK.
func checkSize(path string, limit int) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch mode := info.Mode(); {
	case mode.IsRegular() && info.Size() > int64(limit):
		return &secrets.TooLargeError{Resource: "the file", Limit: limit}
	case mode.IsRegular() && info.Size() > 0, !mode.IsRegular() && mode&fs.ModeCharDevice == 0:
		return nil
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = secrets.ReadLimited(file, "the file", limit)
	return err
}
