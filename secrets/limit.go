package secrets

import (
	"fmt"
	"io"
	"os"
)

// Every read has a limit, which counts what is kept in memory: after
// decompression. What is larger is not what was asked for, and would not be
// smaller the next time.
const (
	// MaxListing is for all that is read below a path or in a directory.
	MaxListing = 64 << 20
	// maxEntries is for the names in a directory.
	maxEntries = 100_000
	// maxFile is what Kubernetes lets a secret hold.
	maxFile = 1 << 20
)

// A TooLargeError is a file or an answer that has more bytes than its limit.
type TooLargeError struct {
	Resource string
	Limit    int
}

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is larger than %s", e.Resource, sizeText(e.Limit))
}

func sizeText(n int) string { return fmt.Sprintf("%d KiB", n>>10) }

// ReadFile reads a file that may have limit bytes. It waits for the writer of a
// pipe, as os.ReadFile does.
func ReadFile(path string, limit int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadLimited(file, "the file", limit)
}

// ReadLimited reads all of r, which may have limit bytes. The error names the
// thing that has more.
func ReadLimited(r io.Reader, resource string, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(data) > limit {
		return nil, &TooLargeError{resource, limit}
	}
	return data, err
}
