package sink

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxRetryAfter = 5 * time.Minute
	maxBody       = 4 << 10 // of an answer: it is read only so that the connection can be used again
	bodyPatience  = time.Second
)

// post gives batches of JSON Lines to a server. A proxy is taken from the environment (HTTPS_PROXY, NO_PROXY), as curl takes it;
// never for this machine. Redirects are not followed: a token is for one server only.
type post struct {
	url    string
	agent  string
	answer time.Duration
	bearer *bearer
	client *http.Client
}

func newPost(t target, o Options) (*post, error) {
	bearer, err := openBearer(o.TokenFile)
	if err != nil {
		return nil, err
	}
	if _, err := http.ProxyFromEnvironment(&http.Request{URL: t.url}); err != nil { // whose text has the proxy's password
		return nil, fmt.Errorf("output %s: the proxy of the environment (HTTPS_PROXY) cannot be read as an address", t.where)
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &post{
		url: t.url.String(), agent: o.UserAgent, answer: o.times.answer, bearer: bearer,
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

func (p *post) deliver(ctx context.Context, batch []Item) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, p.answer)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(join(batch)))
	if err != nil {
		return 0, errors.New("make the request: the address cannot be used")
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	request.Header.Set("User-Agent", p.agent)
	token := p.bearer.value()
	if token.IsSet() {
		request.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.client.CloseIdleConnections() // HTTP/2 would use a connection again that a firewall has forgotten
		if ctx.Err() == context.DeadlineExceeded {
			return 0, &slowError{fmt.Errorf("no answer within %s", p.answer)}
		}
		return 0, errors.New(printable(hide(p.explain(ctx, err), token)))
	}
	timer := time.AfterFunc(bodyPatience, cancel)
	_, _ = io.CopyN(io.Discard, response.Body, maxBody)
	timer.Stop()
	_ = response.Body.Close()
	if response.StatusCode == http.StatusRequestEntityTooLarge {
		return 0, tooLarge(answered(response), batch)
	}
	if err := p.verdict(response, time.Now()); err != nil {
		return 0, err
	}
	return len(batch), nil
}

// explain is the text of a fault of the network. That of net/http has the whole address.
func (p *post) explain(ctx context.Context, err error) string {
	if ctx.Err() == context.Canceled {
		return "no answer before the end"
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	text := "send: " + err.Error()
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		text += ": if the server is the right one, put the certificate of its authority into the file that SSL_CERT_FILE names"
	}
	return text
}

// printable is a text without control characters: a proxy may have sent them.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
}

// verdict is what an answer says of the batch. Nothing that the server wrote itself is in the text.
func (p *post) verdict(r *http.Response, now time.Time) error {
	if r.StatusCode >= 200 && r.StatusCode < 300 {
		return nil
	}
	err := answered(r)
	switch code := r.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		err = fmt.Errorf("%w: %s", err, p.bearer.refused())
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
	case code >= 400:
		return &refusedError{err}
	case code >= 300:
		err = fmt.Errorf("%w: redirects are not followed: give the address that it leads to", err)
	}
	if after, ok := retryAfter(r.Header.Get("Retry-After"), now); ok {
		return &laterError{err, after}
	}
	return err
}

// answered is the text of an answer that is not 2xx.
func answered(r *http.Response) error {
	return errors.New(strings.TrimSpace(fmt.Sprintf("the server answered %d %s", r.StatusCode, http.StatusText(r.StatusCode))))
}

// tooLarge says of a batch that is above the server's limit whether smaller ones may not be.
func tooLarge(err error, batch []Item) error {
	size := len(join(batch))
	if len(batch) > 1 {
		return &tooLargeError{fmt.Errorf("%w: smaller batches than %d bytes are sent", err, size)}
	}
	return &refusedError{fmt.Errorf("%w: an event of %d bytes is too large by itself", err, size)}
}

// retryAfter is how long a server wants to be left alone: seconds, or a date.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter), true
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter), true
	}
	return 0, false
}

// reopen reads the token again.
func (p *post) reopen() error { return p.bearer.read() }

func (p *post) close() error {
	p.client.CloseIdleConnections()
	return nil
}
