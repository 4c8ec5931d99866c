package secretstest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kinds of fault. Those named after an error of AWS answer with it, in the
// service's own words; the others break the answer or the connection.
const (
	// Faults of the server.
	Throttle    = "throttle"     // 400 ThrottlingException, "Rate exceeded"
	TooMany     = "too-many"     // 429, as a gateway words it
	ServerError = "server-error" // JSON with Status (500 when 0) and a null message
	HTML        = "html"         // a load balancer's page with Status (503 when 0)
	Custom      = "error"        // JSON with Status (400 when 0), Code and Message
	Raw         = "raw"          // Status (200 when 0) and Body as it is

	// Broken transport.
	Truncate  = "truncate"   // half of a right answer, then the end of the connection
	Reset     = "reset"      // half of a right answer, then RST
	Close     = "close"      // the connection ends before any header
	Hang      = "hang"       // never an answer
	HangBody  = "hang-body"  // headers and half the body, then nothing
	Slow      = "slow"       // a right answer after Delay
	Trickle   = "trickle"    // a right answer spread over Delay
	SlowError = "slow-error" // ServerError after Delay

	// Legal and illegal pages.
	EmptyPage     = "empty-page"     // no parameters and a NextToken that goes on
	RepeatToken   = "repeat-token"   // the page that was asked for, and its own token again
	EmptyToken    = "empty-token"    // a right answer whose missing NextToken is ""
	DuplicateName = "duplicate-name" // the listing's first parameter once more
	MissingValue  = "missing-value"  // the first parameter without Value
	MissingName   = "missing-name"   // the first parameter without Name
	UnknownFields = "unknown-fields" // unknown fields, at every level
	UnknownType   = "unknown-type"   // the first parameter is of a new Type
	WrongContent  = "wrong-content"  // a right answer called text/plain
	NotJSON       = "not-json"       // 200 and a captive portal's page
	NoBody        = "no-body"        // 200 and nothing
	Endless       = "endless"        // Status (200 when 0) and a value that does not end
	EndlessHeader = "endless-header" // a header that does not end
	GzipBomb      = "gzip-bomb"      // the same, compressed: a few bytes are many megabytes

	// Refusals of AWS.
	AccessDenied        = "access-denied"
	KMSAccessDenied     = "kms-access-denied"
	KMSKeyDisabled      = "kms-key-disabled"
	KMSPendingDeletion  = "kms-key-pending-deletion"
	KMSKeyNotFound      = "kms-key-not-found"
	KMSInvalidKeyID     = "kms-invalid-key-id"
	InvalidNextToken    = "invalid-next-token"
	ExpiredToken        = "expired-token"
	UnrecognizedClient  = "unrecognized-client"
	InvalidClientToken  = "invalid-client-token"
	InvalidSignature    = "invalid-signature"
	ClockSkew           = "clock-skew" // signature expired, Date an hour ahead
	MissingToken        = "missing-authentication-token"
	Validation          = "validation"
	OptInRequired       = "opt-in-required"
	UnknownOperation    = "unknown-operation"
	SerializationFailed = "serialization"
)

// Forever, as Fault.Times, never wears off.
const Forever = -1

// A Fault answers requests in place of the store. The first fault of the
// script that applies to a request is used.
type Fault struct {
	Kind  string `json:"kind"`
	Op    string `json:"op,omitempty"`    // only this operation; empty: Parameter Store's, all of them
	Match string `json:"match,omitempty"` // only requests whose body contains this
	After int    `json:"after,omitempty"` // let so many such requests pass first
	Times int    `json:"times,omitempty"` // how often it applies: 0 is once, Forever without end

	Status     int      `json:"status,omitempty"`
	Code       string   `json:"code,omitempty"`
	Message    string   `json:"message,omitempty"`
	Body       string   `json:"body,omitempty"`
	RetryAfter string   `json:"retry_after,omitempty"` // the Retry-After header
	AmzRetry   string   `json:"amz_retry,omitempty"`   // the x-amz-retry-after header, milliseconds
	Delay      Duration `json:"delay,omitempty"`
}

// A Duration reads as Go writes it ("1.5s") in JSON.
type Duration time.Duration

// UnmarshalText reads a Go duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// MarshalText writes a Go duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Script appends faults; they are used up in order.
func (s *Server) Script(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if err := f.check(); err != nil {
			panic("secretstest: " + err.Error())
		}
		if f.Times == 0 {
			f.Times = 1
		}
		s.faults = append(s.faults, &f)
	}
}

// ClearFaults drops the rest of the script.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault takes the fault that applies to a request; nil: none does.
func (s *Server) takeFault(op string, body []byte) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Times == 0 || !f.applies(op, body) {
			continue
		}
		if f.After > 0 {
			f.After--
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		taken := *f
		return &taken
	}
	return nil
}

func (f *Fault) applies(op string, body []byte) bool {
	if f.Op == "" {
		switch op {
		case OpCredentials, OpTask, OpIMDS, OpSTS:
			return false
		}
	} else if f.Op != op {
		return false
	}
	return f.Match == "" || bytes.Contains(body, []byte(f.Match))
}

// Kinds lists every kind of fault.
func Kinds() []string {
	kinds := []string{
		Throttle, TooMany, ServerError, HTML, Custom, Raw,
		Truncate, Reset, Close, Hang, HangBody, Slow, Trickle, SlowError,
		EmptyPage, RepeatToken, EmptyToken, DuplicateName, MissingValue, MissingName,
		UnknownFields, UnknownType, WrongContent, NotJSON, NoBody, Endless, EndlessHeader, GzipBomb,
	}
	for kind := range refusals {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

// A refusal is an error of AWS: HTTP 400 unless the status says otherwise.
// In the message, %R stands for the resource and %K for a key.
type refusal struct {
	code, message string
}

const kmsTail = " (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: 6f1bd1ba-5d4c-4ba5-b1a0-3d8a7b5a1c11; Proxy: null)"

// refusals holds the texts that AWS was seen to use.
var refusals = map[string]refusal{
	AccessDenied: {"AccessDeniedException", "User: arn:aws:sts::%A:assumed-role/task/abc is not authorized to perform: ssm:%O on resource: %R" +
		" because no identity-based policy allows the ssm:%O action"},
	KMSAccessDenied: {"AccessDeniedException", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access." +
		kms("AccessDeniedException")},
	KMSKeyDisabled:      {"InvalidKeyId", "%K is disabled." + kms("DisabledException")},
	KMSPendingDeletion:  {"InvalidKeyId", "%K is pending deletion." + kms("KMSInvalidStateException")},
	KMSKeyNotFound:      {"InvalidKeyId", "Key '%K' does not exist" + kms("NotFoundException")},
	KMSInvalidKeyID:     {"InvalidKeyId", ""},
	InvalidNextToken:    {"InvalidNextToken", ""},
	ExpiredToken:        {"ExpiredTokenException", "The security token included in the request is expired"},
	UnrecognizedClient:  {"UnrecognizedClientException", "The security token included in the request is invalid."},
	InvalidClientToken:  {"InvalidClientTokenId", "The security token included in the request is invalid."},
	InvalidSignature:    {"InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
	ClockSkew:           {"InvalidSignatureException", "Signature expired: 20260102T030405Z is now earlier than 20260102T040405Z (20260102T040905Z - 5 min.)"},
	MissingToken:        {"MissingAuthenticationTokenException", "Missing Authentication Token"},
	Validation:          {"ValidationException", "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\"."},
	OptInRequired:       {"OptInRequired", "The AWS Access Key Id needs a subscription for the service"},
	UnknownOperation:    {"UnknownOperationException", ""},
	SerializationFailed: {"SerializationException", ""},
}

func kms(code string) string { return fmt.Sprintf(kmsTail, code) }

// text fills in the message for one request.
func (r refusal) text(op, resource, account string) string {
	key := "arn:aws:kms:us-east-1:" + account + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
	return strings.NewReplacer("%A", account, "%O", op, "%R", resource, "%K", key).Replace(r.message)
}
