package ssm

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// wholeBody sends a request with a body of its own in place of the SDK's.
//
// The SDK closes its body as soon as the answer's header is there. An answer
// can be quicker than net/http's last look for the end of the body, which then
// finds it closed, takes that for a failed request, and closes the connection
// under the answer that is being read: a call in fifty on loopback of a loaded
// machine (smithy-go v1.28.9, ClientHandler.Handle). Our bodies are a few
// hundred bytes.
type wholeBody struct{ client aws.HTTPClient }

// CloseIdleConnections is called at the end of a fetch.
func (w wholeBody) CloseIdleConnections() {
	if c, ok := w.client.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// Do sends the request.
func (w wholeBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return w.client.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request's own body: %w", err)
	}
	own := r.WithContext(r.Context()) // a copy: the SDK keeps and closes its own
	own.Body = io.NopCloser(bytes.NewReader(body))
	return w.client.Do(own)
}
