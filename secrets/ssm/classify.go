package ssm

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A finding is what an error of the SDK means.
type finding struct {
	class  Class
	code   string
	detail string
	fix    string // instead of the catalogue's
	action string // the IAM action that AWS named
	arn    string // the ARN that AWS named
	hint   time.Duration
	err    error
}

// classify finds out what went wrong in one attempt. The texts of a finding come
// from error messages of AWS and of the transport, never from the body of an
// answer.
func classify(err error) finding {
	f := diagnose(err)
	f.err = err
	f.hint = retryHint(err)
	return f
}

// ofNetwork says whether the message needs the host: there was no answer, or one
// from the wrong place.
func (f finding) ofNetwork() bool {
	switch f.code {
	case CodeDNS, CodeConnectRefused, CodeConnection, CodeTLS, CodeTimeout, CodeProxy, CodeBadResponse, CodeServerError, CodeCredentialsEndpoint, CodeAnswerTooLarge, CodeFactUnavailable:
		return true
	case CodeNoCredentials: // nobody answers where the instance would
		return f.class == Limited
	}
	return false
}

func diagnose(err error) finding {
	if f, ok := wrongInput(err); ok {
		return f
	}
	var creds *credentialsError
	if errors.As(err, &creds) {
		return creds.diagnose()
	}
	var fact *factError
	if errors.As(err, &fact) {
		return fact.diagnose()
	}
	var protocol *protocolError
	if errors.As(err, &protocol) {
		return finding{class: Limited, code: CodeBadResponse, detail: protocol.Error()}
	}
	status := httpStatus(err)
	var api smithy.APIError
	if errors.As(err, &api) && (api.ErrorCode() != "UnknownError" || status == 0) {
		return diagnoseAPI(err, api, status)
	}
	switch {
	case status == http.StatusTooManyRequests:
		return finding{class: Throttled, code: CodeThrottled, detail: httpText(status)}
	case status >= 500 || status == http.StatusRequestTimeout:
		return finding{class: Transient, code: CodeServerError, detail: httpText(status)}
	case status == http.StatusProxyAuthRequired:
		return finding{class: Limited, code: CodeProxy, detail: httpText(status)}
	case status >= 300:
		return finding{class: Limited, code: CodeBadResponse, detail: httpText(status) + " with a body that is not Parameter Store's"}
	}
	return diagnoseNetwork(err)
}

// serverCodes are faults of the service. They come with any status.
var serverCodes = map[string]bool{
	"InternalServerError": true, "InternalFailure": true, "InternalError": true, "InternalServerException": true,
	"ServiceUnavailable": true, "ServiceUnavailableException": true, "RequestTimeout": true, "RequestTimeoutException": true,
}

// refusedCodes are the refusals that have one meaning.
var refusedCodes = map[string]string{
	"UnrecognizedClientException":         CodeInvalidToken,
	"InvalidClientTokenId":                CodeInvalidToken,
	"MissingAuthenticationToken":          CodeInvalidToken,
	"MissingAuthenticationTokenException": CodeInvalidToken,
	"InvalidAccessKeyId":                  CodeInvalidToken,
	"IncompleteSignature":                 CodeBadSignature,
	"IncompleteSignatureException":        CodeBadSignature,
	"InvalidSignatureException":           CodeBadSignature,
	"SignatureDoesNotMatch":               CodeBadSignature,
	"AccessDeniedException":               CodeAccessDenied,
	"AccessDenied":                        CodeAccessDenied,
	"UnauthorizedOperation":               CodeAccessDenied,
	"ValidationException":                 CodeValidation,
	"InvalidFilterKey":                    CodeValidation,
	"InvalidFilterOption":                 CodeValidation,
	"InvalidFilterValue":                  CodeValidation,
	"ParameterNotFound":                   CodeNotFound,
	"ParameterVersionNotFound":            CodeNotFound,
}

// diagnoseAPI reads an error of the service.
func diagnoseAPI(err error, api smithy.APIError, status int) finding {
	code, message := api.ErrorCode(), api.ErrorMessage()
	f := finding{class: Permanent, code: CodeRefused, detail: answered(code, message, status)}
	_, throttled := retry.DefaultThrottleErrorCodes[code]
	switch {
	case throttled || status == http.StatusTooManyRequests:
		f.class, f.code = Throttled, CodeThrottled
	case serverCodes[code] || status >= 500:
		f.class, f.code = Transient, CodeServerError
	case isSkewed(err, code, message):
		f.class, f.code = Expired, CodeClockSkew
	case code == "ExpiredTokenException" || code == "ExpiredToken" || code == "TokenRefreshRequired":
		f.class, f.code = Expired, CodeExpiredToken
	case code == "InvalidNextToken":
		f.class, f.code = Permanent, CodeInvalidNextToken // by path starts over
	case code == "InvalidKeyId":
		f.code = kmsKeyCode(message)
	default:
		if known, ok := refusedCodes[code]; ok {
			f.code = known
		}
	}
	if f.code == CodeAccessDenied {
		if namesKMS(message) {
			f.code = CodeKMSAccessDenied
		}
		f.action, f.arn = namedIn(message)
	}
	return f
}

// isSkewed finds a wrong clock by the text, or by the SDK, which compares the date
// of the answer with the clock of this host.
func isSkewed(err error, code, message string) bool {
	switch code {
	case "RequestTimeTooSkewed", "RequestExpired", "SignatureExpired", "RequestInTheFuture":
		return true
	}
	if strings.Contains(message, "Signature expired") || strings.Contains(message, "Signature not yet current") {
		return true
	}
	var v interface{ RetryableError() bool }
	return refusedCodes[code] != "" && errors.As(err, &v) && v.RetryableError()
}

func namesKMS(message string) bool {
	return strings.Contains(message, "AWSKMS") || strings.Contains(message, "kms:") || strings.Contains(message, "ciphertext refers to")
}

// kmsKeyCode is the code for the state of a key: KMS has one error for all.
func kmsKeyCode(message string) string {
	lower := strings.ToLower(message)
	switch {
	case strings.Contains(lower, "pending deletion"):
		return CodeKMSPendingDeletion
	case strings.Contains(lower, "is disabled") || strings.Contains(lower, "disabledexception"):
		return CodeKMSDisabled
	case strings.Contains(lower, "does not exist") || strings.Contains(lower, "notfoundexception"):
		return CodeKMSNotFound
	}
	return CodeKMSInvalid
}

// namedIn finds action and ARN in IAM's sentence: "is not authorized to perform:
// ACTION on resource: ARN because ...".
func namedIn(message string) (action, resource string) {
	_, after, _ := strings.Cut(message, "to perform: ")
	action, after, ok := strings.Cut(after, " on resource: ")
	if !ok {
		return "", ""
	}
	resource, _, _ = strings.Cut(after, " ")
	return action, strings.TrimRight(resource, ".,;")
}

func answered(code, message string, status int) string {
	text := code
	if message != "" && message != "UnknownError" && message != code {
		text += ": " + oneLine(message)
	}
	if status >= 500 {
		text = httpText(status) + ", " + text
	}
	return text
}

func httpText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", status, http.StatusText(status)))
}

// httpStatus is the status of the answer behind an error; 0: there is none.
func httpStatus(err error) int {
	var v interface{ HTTPStatusCode() int }
	if errors.As(err, &v) {
		return v.HTTPStatusCode()
	}
	return 0
}

// retryHint is how long the server asked to wait: x-amz-retry-after in
// milliseconds, Retry-After in seconds or as a date.
func retryHint(err error) time.Duration {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil || response.Response.Response == nil {
		return 0
	}
	header := response.Response.Header
	if ms, err := strconv.ParseInt(header.Get("X-Amz-Retry-After"), 10, 32); err == nil && ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	after := header.Get("Retry-After")
	if s, err := strconv.ParseInt(after, 10, 32); err == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(after); err == nil {
		now := time.Now()
		if date, err := http.ParseTime(header.Get("Date")); err == nil {
			now = date // both times are of the server's clock
		}
		return max(0, at.Sub(now))
	}
	return 0
}
