package ssm

import (
	"context"
	"net/http"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// observe adds the last middleware before the network to a client of the SDK. It
// notes the host of a request and limits the answer. An empty service: the
// client names it.
func observe(service string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(&observer{service, stack.ID()}, middleware.After)
	}
}

type observer struct{ service, operation string }

// ID names the observer in the stack.
func (*observer) ID() string { return "TsbootObserver" }

// HandleDeserialize makes the request.
func (o *observer) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	service, limit := o.service, maxMetadata
	if service == "" {
		service = awsmiddleware.GetServiceID(ctx)
	}
	if service == ssm.ServiceID {
		service, limit = serviceParameterStore, maxAnswer
	}
	if r, ok := in.Request.(*smithyhttp.Request); ok && ctx.Err() == nil { // else it is not sent
		contactOf(ctx).request(service, o.operation, r.URL)
	}
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response.Response != nil && response.Body != nil {
		response.Body = newLimitedBody(response.Body, limit)
	}
	return out, metadata, err
}

// observed makes a request without the SDK.
func observed(client *localClient, r *http.Request, service string) (*http.Response, error) {
	contactOf(r.Context()).request(service, r.Method, r.URL)
	response, err := client.Do(r)
	if err == nil {
		response.Body = newLimitedBody(response.Body, maxMetadata)
	}
	return response, err
}
