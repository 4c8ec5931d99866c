package ssm

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// wholeBody sends a request with a copy of the SDK's body.
//
// The SDK closes its body as soon as the answer's header is there. If the answer
// comes before net/http has seen the end of the body, net/http finds the body
// closed, counts the request as failed, and closes the connection during the
// read of the answer: one call in fifty on loopback of a loaded machine
// (smithy-go v1.28.9, ClientHandler.Handle). The bodies are a few hundred bytes.
type wholeBody struct{ client aws.HTTPClient }

// CloseIdleConnections closes those of the client.
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
	own := r.WithContext(r.Context()) // a copy: the SDK keeps and closes its body
	own.Body = io.NopCloser(bytes.NewReader(body))
	return w.client.Do(own)
}
