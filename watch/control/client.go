package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	maxAnswer = 1 << 20 // the largest answer that a client reads
	maxSaid   = 200     // bytes of an answer that an error repeats
)

// ErrOff says that a client was given no run directory.
var ErrOff = errors.New("the run directory is empty: there is no control socket to ask; name that of the running tswatch with --run-dir")

// An AskError says why the tswatch of a run directory could not be asked.
type AskError struct {
	Dir string
	Err error
}

func (e *AskError) Error() string {
	return fmt.Sprintf("ask the tswatch of run directory %s: %v", e.Dir, e.Err)
}

func (e *AskError) Unwrap() error { return e.Err }

var errNotOurs = errors.New("it is not a tswatch that answers there: name the --run-dir of a running one")

// Client asks the tswatch of a run directory. Its errors are ErrOff and *AskError.
type Client struct{ Dir string }

// Status gives the status decoded, and as it came, which a newer tswatch may have put more into: JSON on several lines.
func (c Client) Status(ctx context.Context) (status Status, raw []byte, err error) {
	came, err := c.ask(ctx, pathStatus)
	if err != nil {
		return status, nil, err
	}
	if json.Unmarshal(came, &status) != nil {
		return status, nil, &AskError{c.Dir, errNotOurs}
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, came, "", "  ")
	return status, indented.Bytes(), err
}

// Health asks whether tswatch is healthy; live: only whether it answers; maxLoss: negative for its own limit. One that cannot
// be asked is not healthy.
func (c Client) Health(ctx context.Context, live bool, maxLoss float64) (health Health) {
	query := url.Values{}
	if live {
		query.Set("live", "")
	}
	if maxLoss >= 0 {
		query.Set("max-loss", strconv.FormatFloat(maxLoss, 'g', -1, 64))
	}
	raw, err := c.ask(ctx, pathHealth+"?"+query.Encode())
	if err != nil {
		return Health{Reason: err.Error()}
	}
	if json.Unmarshal(raw, &health) != nil || health.Reason == "" {
		return Health{Reason: (&AskError{c.Dir, errNotOurs}).Error()}
	}
	return health
}

func (c Client) ask(ctx context.Context, path string) ([]byte, error) {
	if c.Dir == "" {
		return nil, ErrOff
	}
	transport := &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return program.Dial(ctx, c.Dir) },
		DisableKeepAlives: true,
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://tswatch"+path, nil)
	if err != nil {
		return nil, &AskError{c.Dir, err}
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, c.explain(ctx, err)
	case response.StatusCode != http.StatusOK && response.StatusCode != http.StatusServiceUnavailable:
		said := bytes.TrimSpace(raw)
		return nil, &AskError{c.Dir, fmt.Errorf("it answered %q: %q", response.Status, said[:min(len(said), maxSaid)])}
	case response.Header.Get("Server") != string(program): // tsboot's health has the same form
		return nil, &AskError{c.Dir, errNotOurs}
	}
	return raw, nil
}

// explain says what an operator can do about an error.
func (c Client) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("no answer in time: look at its log, or start it again: %w", ctx.Err())
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("no tswatch runs there: start one, or name its --run-dir")
	case errors.Is(err, unix.ECONNREFUSED):
		err = errors.New("the tswatch that was there has ended")
	case errors.Is(err, fs.ErrPermission):
		err = errors.New("permission denied: ask as the user that tswatch runs as")
	case errors.Is(err, unix.ENOTSOCK), errors.Is(err, unix.ENOTDIR):
		err = errors.New("there is no socket of tswatch: name the --run-dir of a running tswatch")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, unix.ECONNRESET), errors.Is(err, unix.EPIPE):
		err = fmt.Errorf("it closed the connection: it is ending, or is not tswatch: %w", err)
	default:
		err = fmt.Errorf("%w (%q)", errNotOurs, err.Error())
	}
	return &AskError{c.Dir, err}
}
