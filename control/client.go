package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	"golang.org/x/sys/unix"
)

// busyPause is how long a client waits before it asks one again that has no place for it.
const busyPause = 100 * time.Millisecond

// errBusy is the answer of a tsboot of which too many wait for the same.
var errBusy = errors.New("too many wait for it already")

// askTries is how often a client asks one that drops its connection.
const askTries = 5

// maxAnswer is the largest answer that a client reads.
const maxAnswer = 8 << 20

// Client asks the tsboot of a run directory. Its errors are ErrOff and *AskError.
type Client struct{ Dir string }

// Status gives the status decoded, and as it came, which a newer tsboot may have put more into: a JSON object on several
// lines.
func (c Client) Status(ctx context.Context) (status Status, raw []byte, err error) {
	came, err := c.ask(ctx, http.MethodGet, pathStatus)
	if err == nil {
		err = c.decode(came, &status)
	}
	if err != nil {
		return status, nil, err
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, came, "", "  ")
	return status, indented.Bytes(), err
}

// Health asks whether the agent is healthy; live: only whether tsboot answers. One that cannot be asked is not healthy.
func (c Client) Health(ctx context.Context, live bool) (health HealthAnswer) {
	path := pathHealth
	if live {
		path += "?live"
	}
	raw, err := c.ask(ctx, http.MethodGet, path)
	if err == nil {
		err = c.decode(raw, &health)
	}
	if err != nil {
		return HealthAnswer{Reason: err.Error()}
	}
	return health
}

// Refresh asks for a refresh and waits to its end, or to that of ctx: then the outcome is TimedOut.
func (c Client) Refresh(ctx context.Context) (refresh RefreshAnswer, err error) {
	raw, err := c.ask(ctx, http.MethodPost, pathRefresh)
	if errors.Is(err, context.DeadlineExceeded) {
		return RefreshAnswer{Outcome: TimedOut, Text: "no answer yet: the refresh goes on, and tsboot status will say how it ended"}, nil
	}
	if err == nil {
		err = c.decode(raw, &refresh)
	}
	return refresh, err
}

func (c Client) decode(raw []byte, answer any) error {
	if err := json.Unmarshal(raw, answer); err != nil {
		return &AskError{c.Dir, fmt.Errorf("it answered what is not of tsboot: %w", err)}
	}
	return nil
}

// ask makes one request. An error is ErrOff or an *AskError, which wraps that of ctx. A connection that a busy server drops
// before it has read the request is tried again: where the tsboot has ended, that fails at once. One that has no place yet is
// asked until it has.
func (c Client) ask(ctx context.Context, method, path string) (raw []byte, err error) {
	if c.Dir == "" {
		return nil, ErrOff
	}
	for tries := 0; tries < askTries; {
		raw, err = c.askOnce(ctx, method, path)
		if errors.Is(err, errBusy) && pause(ctx, busyPause) {
			continue
		}
		if !isDropped(err) || ctx.Err() != nil {
			break
		}
		tries++
	}
	if err != nil {
		err = c.explain(ctx, err)
	}
	return raw, err
}

// isDropped says that the other end has closed the connection.
func isDropped(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

// askOnce makes one request; what the other end refuses is an error, too.
func (c Client) askOnce(ctx context.Context, method, path string) ([]byte, error) {
	conn, err := program.Dial(ctx, c.Dir)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: tsboot\r\nConnection: close\r\n\r\n", method, path); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	var refused refusal
	if err == nil && response.StatusCode != http.StatusOK && json.Unmarshal(raw, &refused) == nil && refused.Error != "" {
		err = errors.New(refused.Error)
		if response.StatusCode == http.StatusServiceUnavailable {
			err = fmt.Errorf("%w: %w", errBusy, err)
		}
	}
	return raw, err
}

// pause waits; false: ctx has ended.
func pause(ctx context.Context, wait time.Duration) bool {
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

// explain says what an operator can do about an error.
func (c Client) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return &AskError{c.Dir, fmt.Errorf("no answer in time: %w", ctx.Err())}
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("no tsboot runs there: start one, or name its --run-dir")
	case errors.Is(err, unix.ECONNREFUSED), isDropped(err):
		err = errors.New("the tsboot that was there has ended")
	case errors.Is(err, fs.ErrPermission):
		err = errors.New("permission denied: ask as the user that tsboot runs as")
	case errors.Is(err, unix.ENOTSOCK), errors.Is(err, unix.ENOTDIR):
		err = errors.New("there is no socket of tsboot: name the --run-dir of a running tsboot")
	}
	return &AskError{c.Dir, err}
}
