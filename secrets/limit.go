package secrets

import (
	"fmt"
	"io"
	"os"
)

// Every read has a limit. A larger file is not the one that was meant, and another
// try does not help.
const (
	// MaxListing is the limit in bytes for all values below a path or in a directory.
	MaxListing = 64 << 20
	// maxEntries is the limit for the names in a directory.
	maxEntries = 100_000
	// maxFile is the limit of Kubernetes for a secret, in bytes.
	maxFile = 1 << 20
)

// A TooLargeError is a file or an answer with more bytes than its limit.
type TooLargeError struct {
	Resource string
	Limit    int
}

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is larger than %s", e.Resource, sizeText(e.Limit))
}

func sizeText(n int) string { return fmt.Sprintf("%d KiB", n>>10) }

// ReadFile reads a file of at most limit bytes; a larger one is a *TooLargeError.
// It waits for the writer of a pipe, like os.ReadFile.
func ReadFile(path string, limit int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadLimited(file, "the file", limit)
}

// ReadLimited reads all of r, at most limit bytes. More is a *TooLargeError of the
// resource.
func ReadLimited(r io.Reader, resource string, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(data) > limit {
		return nil, &TooLargeError{resource, limit}
	}
	return data, err
}
