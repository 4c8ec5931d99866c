package ssm

import (
	"errors"
	"io"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// The limits of what AWS answers count what is kept in memory: after
// decompression.
const (
	// maxAnswer is for an answer of Parameter Store: three times the ten values of
	// 64 KiB that Secrets Manager can hold, because JSON escapes some bytes.
	maxAnswer = 2 << 20
	// maxMetadata is for an endpoint on this host: metadata, credentials.
	maxMetadata = 1 << 20
	// maxHeader is for the header of an answer.
	maxHeader = 256 << 10
)

// A limitedBody is the body of an answer, decompressed. A read beyond its limit is
// an error.
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
		return 0, &secrets.TooLargeError{Resource: "the answer", Limit: b.limit}
	}
	if len(p) > b.left+1 { // one more shows whether there is more
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	if b.left < 0 {
		return n + b.left, &secrets.TooLargeError{Resource: "the answer", Limit: b.limit}
	}
	return n, err
}

// tooLarge is the finding for an answer above its limit.
func tooLarge(err error) (finding, bool) {
	var large *secrets.TooLargeError
	switch {
	case errors.As(err, &large):
	case err != nil && strings.Contains(err.Error(), "server response headers exceeded"): // net/http has no type for it
		large = &secrets.TooLargeError{Resource: "the header of the answer", Limit: maxHeader}
	default:
		return finding{}, false
	}
	return finding{class: Permanent, code: CodeAnswerTooLarge, detail: large.Error(), fix: "check what answers there"}, true
}
