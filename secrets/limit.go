package secrets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Every read has a limit, which counts what is kept in memory: after
// decompression. What is larger is not what was asked for, and would not be
// smaller the next time.
const (
	// maxAnswer is for an answer of Parameter Store: three times the ten values of
	// 64 KiB that Secrets Manager can hold, because JSON escapes some bytes.
	maxAnswer = 2 << 20
	// maxMetadata is for an endpoint on this host: metadata, credentials.
	maxMetadata = 1 << 20
	// maxHeader is for the header of an answer.
	maxHeader = 256 << 10
	// maxListing is for all that is read below a path or in a directory.
	maxListing = 64 << 20
	// maxEntries is for the names in a directory.
	maxEntries = 100_000
	// maxFile is what Kubernetes lets a secret hold.
	maxFile = 1 << 20
)

// A TooLargeError is a file or an answer that has more bytes than its limit.
type TooLargeError struct {
	Thing string
	Limit int
}

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is larger than %s", e.Thing, sizeText(e.Limit))
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
	return readAll(file, "the file", limit)
}

func readAll(r io.Reader, thing string, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(data) > limit {
		return nil, &TooLargeError{thing, limit}
	}
	return data, err
}

// A limitedBody is the body of an answer, decompressed, which fails where it
// goes on after its limit.
type limitedBody struct {
	io.ReadCloser
	left, limit int
}

func newLimitedBody(body io.ReadCloser, limit int) *limitedBody {
	return &limitedBody{body, limit, limit}
}

// Read reads up to the limit.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &TooLargeError{"the answer", b.limit}
	}
	if len(p) > b.left+1 { // one more shows whether there is more
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	if b.left < 0 {
		return n + b.left, &TooLargeError{"the answer", b.limit}
	}
	return n, err
}

// tooLarge is the finding for an answer that is larger than its limit.
func tooLarge(err error) (finding, bool) {
	var large *TooLargeError
	switch {
	case errors.As(err, &large):
	case err != nil && strings.Contains(err.Error(), "server response headers exceeded"): // net/http has no type for it
		large = &TooLargeError{"the header of the answer", maxHeader}
	default:
		return finding{}, false
	}
	return finding{class: Final, code: CodeAnswerTooLarge, answer: large.Error(), mend: "check what answers there"}, true
}
