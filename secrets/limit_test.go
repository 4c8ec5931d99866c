package secrets

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestReadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "12345678")
	if data, err := ReadFile(path, 8); err != nil || string(data) != "12345678" {
		t.Errorf("%q, %v", data, err)
	}
	var large *TooLargeError
	if _, err := ReadFile(path, 7); !errors.As(err, &large) || large.Limit != 7 {
		t.Error(err)
	}
	if _, err := ReadFile("/dev/zero", 1<<20); !errors.As(err, &large) {
		t.Error(err)
	}
	if _, err := ReadFile(path+"-not", 1); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
