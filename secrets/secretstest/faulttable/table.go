// Package faulttable is the one table of the faults of Parameter Store that tsboot must handle, for its own tests: what the
// store does, and what tsboot makes of it.
package faulttable

import (
	"fmt"
	"time"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// A Row is one fault of Parameter Store, or a series of them, and what a client that reads Path must make of
// it. A package runs all rows; a black-box test of a program runs those with Binary, by exit code and message.
type Row struct {
	Name   string
	Faults []secretstest.Fault // the script
	Limit  time.Duration       // of the whole fetch; 0: far more than the row needs
	Calls  int                 // of GetParametersByPath; 0: at least two, AnyCalls: any number
	Kind   string              // usage, unavailable, denied or invalid; "": the fetch succeeds
	Code   string              // the code of the failure
	Words  []string            // all in the message of the failure
	// ShortTry asks for a first limit of a few hundred milliseconds for one try, for a fault that only such a limit ends.
	ShortTry bool
	Binary   bool // also run on the program
}

const (
	// AnyCalls, as Row.Calls, allows any number of calls.
	AnyCalls = -1

	// Path is the path that the rows read. Fill puts Parameters below it: two pages.
	Path       = "/app/prod"
	Parameters = 12

	// Value begins every value below Path. It may appear in no message and in no line of a log.
	Value = "c4n4ry-s3cr3t"
)

// Fill puts the parameters p00 to p11 below Path, with the values Value-0 to Value-11.
func Fill(s *secretstest.Server) {
	for i := range Parameters {
		s.Put(fmt.Sprintf("%s/p%02d", Path, i), fmt.Sprintf("%s-%d", Value, i))
	}
}

// Rows is every fault of Parameter Store that a client must handle, by group: overload and server errors, broken
// transport, pages, refusals.
func Rows() []Row {
	var table []Row
	for _, rows := range [][]Row{serverFaults(), transportFaults(), pageFaults(), requestRefusals(), kmsRefusals(), credentialRefusals()} {
		table = append(table, rows...)
	}
	return table
}

// onBinary marks a row for the program, too.
func onBinary(r Row) Row {
	r.Binary = true
	return r
}

// passing is a row whose fetch succeeds in the end.
func passing(name string, calls int, faults ...secretstest.Fault) Row {
	return Row{Name: name, Calls: calls, Faults: faults}
}

// lasting is a row whose fault does not end before the deadline.
func lasting(name, code string, f secretstest.Fault, words ...string) Row {
	f.Times = secretstest.Forever
	return Row{Name: name, Faults: []secretstest.Fault{f}, Limit: time.Second, Kind: "unavailable", Code: code, Words: append(words, Path)}
}

// unusable is a row whose answers are wrong: the client asks a few times, then it gives up.
func unusable(name, code string, calls int, f secretstest.Fault, words ...string) Row {
	f.Times = secretstest.Forever
	return Row{Name: name, Faults: []secretstest.Fault{f}, Calls: calls, Kind: "unavailable", Code: code, Words: append(words, Path)}
}

func serverFaults() []Row {
	return []Row{
		passing("throttled then fine", 9, secretstest.Fault{Kind: secretstest.Throttle, Times: 7}),
		passing("throttled on the second page", 5, secretstest.Fault{Kind: secretstest.Throttle, After: 1, Times: 3}),
		onBinary(lasting("throttled for ever", "throttled", secretstest.Fault{Kind: secretstest.Throttle}, "ThrottlingException: Rate exceeded", "us-east-1", "--splay", "--ssm-fetch names")),
		passing("429", 4, secretstest.Fault{Kind: secretstest.TooMany, Times: 2}),
		lasting("429 for ever", "throttled", secretstest.Fault{Kind: secretstest.TooMany}),
		passing("429 in HTML", 4, secretstest.Fault{Kind: secretstest.HTML, Status: 429, Times: 2}),
		passing("500 JSON", 5, secretstest.Fault{Kind: secretstest.ServerError, Times: 3}),
		onBinary(lasting("500 JSON for ever", "server-error", secretstest.Fault{Kind: secretstest.ServerError}, "HTTP 500 Internal Server Error, InternalServerError")),
		passing("502 JSON", 3, secretstest.Fault{Kind: secretstest.ServerError, Status: 502}),
		passing("503 HTML", 4, secretstest.Fault{Kind: secretstest.HTML, Status: 503, Times: 2}),
		passing("504 HTML", 3, secretstest.Fault{Kind: secretstest.HTML, Status: 504}),
		lasting("502 HTML for ever", "server-error", secretstest.Fault{Kind: secretstest.HTML, Status: 502}, "HTTP 502 Bad Gateway"),
		lasting("503 HTML for ever", "server-error", secretstest.Fault{Kind: secretstest.HTML}, "HTTP 503 Service Unavailable"),
		passing("500 without a body", 3, secretstest.Fault{Kind: secretstest.Raw, Status: 500}),
		passing("request timeout", 4, secretstest.Fault{Kind: secretstest.Custom, Code: "RequestTimeout", Message: "slow", Times: 2}),
		passing("service unavailable as 400", 4, secretstest.Fault{Kind: secretstest.Custom, Code: "ServiceUnavailableException", Times: 2}),
		passing("a mixture", 11, secretstest.Fault{Kind: secretstest.Throttle, Times: 2}, secretstest.Fault{Kind: secretstest.HTML}, secretstest.Fault{Kind: secretstest.Reset}, secretstest.Fault{Kind: secretstest.Close}, secretstest.Fault{Kind: secretstest.EmptyPage}, secretstest.Fault{Kind: secretstest.ServerError, Times: 3}),
	}
}

func transportFaults() []Row {
	delay := func(ms int) secretstest.Duration { return secretstest.Duration(time.Duration(ms) * time.Millisecond) }
	shortTry := func(r Row) Row {
		r.ShortTry = true
		return r
	}
	return []Row{
		passing("truncated body", 4, secretstest.Fault{Kind: secretstest.Truncate, Times: 2}),
		lasting("truncated for ever", "connection", secretstest.Fault{Kind: secretstest.Truncate}),
		passing("reset in the body", 4, secretstest.Fault{Kind: secretstest.Reset, Times: 2}),
		lasting("reset for ever", "connection", secretstest.Fault{Kind: secretstest.Reset}),
		passing("closed before headers", 4, secretstest.Fault{Kind: secretstest.Close, Times: 2}),
		onBinary(lasting("closed for ever", "connection", secretstest.Fault{Kind: secretstest.Close}, "the connection ended before the answer did")),
		shortTry(passing("one connection hangs", 0, secretstest.Fault{Kind: secretstest.Hang})),
		shortTry(passing("hangs in the body", 0, secretstest.Fault{Kind: secretstest.HangBody})),
		shortTry(lasting("hangs for ever", "timeout", secretstest.Fault{Kind: secretstest.Hang}, "no answer in time")),
		passing("slow first byte", AnyCalls, secretstest.Fault{Kind: secretstest.Slow, Delay: delay(100)}),
		passing("one slow page", AnyCalls, secretstest.Fault{Kind: secretstest.Slow, After: 1, Delay: delay(100)}),
		shortTry(passing("slower than the first limit", 0, secretstest.Fault{Kind: secretstest.Slow, Times: secretstest.Forever, Delay: delay(450)})),
		passing("trickle", AnyCalls, secretstest.Fault{Kind: secretstest.Trickle, Delay: delay(120)}),
		passing("slow 503", 3, secretstest.Fault{Kind: secretstest.SlowError, Status: 503, Delay: delay(20)}),
	}
}

// pageFaults are answers that HTTP allows, and some of them AWS too.
func pageFaults() []Row {
	return []Row{
		passing("empty pages with tokens", 3, secretstest.Fault{Kind: secretstest.EmptyPage, After: 1}),
		passing("empty first page", 3, secretstest.Fault{Kind: secretstest.EmptyPage}),
		passing("five empty pages in the middle", 7, secretstest.Fault{Kind: secretstest.EmptyPage, After: 1, Times: 5}),
		onBinary(unusable("the same token again", "endless-pagination", 2, secretstest.Fault{Kind: secretstest.RepeatToken}, "the token of a page came again")),
		unusable("endless empty pages", "endless-pagination", 101, secretstest.Fault{Kind: secretstest.EmptyPage}, "empty pages in a row"),
		passing("empty token", 2, secretstest.Fault{Kind: secretstest.EmptyToken, Times: secretstest.Forever}),
		passing("invalid next token once", 4, secretstest.Fault{Kind: secretstest.InvalidNextToken, After: 1}),
		unusable("invalid next token", "invalid-next-token", 6, secretstest.Fault{Kind: secretstest.InvalidNextToken, Match: "NextToken"}),
		passing("one parameter on two pages", 2, secretstest.Fault{Kind: secretstest.DuplicateName, After: 1}),
		passing("unknown fields", 2, secretstest.Fault{Kind: secretstest.UnknownFields, Times: secretstest.Forever}),
		passing("unknown type", 2, secretstest.Fault{Kind: secretstest.UnknownType, Times: secretstest.Forever}),
		passing("wrong content type", 2, secretstest.Fault{Kind: secretstest.WrongContent, Times: secretstest.Forever}),
		passing("missing value once", 3, secretstest.Fault{Kind: secretstest.MissingValue}),
		onBinary(unusable("missing value", "bad-response", 4, secretstest.Fault{Kind: secretstest.MissingValue}, Path+"/p00 without a value")),
		unusable("missing name", "bad-response", 4, secretstest.Fault{Kind: secretstest.MissingName}, "a parameter without a name"),
		onBinary(unusable("captive portal", "bad-response", 4, secretstest.Fault{Kind: secretstest.NotJSON}, "not Parameter Store's JSON")),
		unusable("nothing at all", "bad-response", 4, secretstest.Fault{Kind: secretstest.NoBody}),
		passing("cut JSON", 4, secretstest.Fault{Kind: secretstest.Raw, Body: `{"Parameters":[{"Name":"/a`, Times: 2}),
		unusable("wrong types", "bad-response", 4, secretstest.Fault{Kind: secretstest.Raw, Body: `{"Parameters":"` + Value + `"}`}),
		unusable("403 HTML", "bad-response", 4, secretstest.Fault{Kind: secretstest.HTML, Status: 403}, "HTTP 403 Forbidden", "not Parameter Store's"),
		unusable("404 HTML", "bad-response", 4, secretstest.Fault{Kind: secretstest.HTML, Status: 404}, "HTTP 404 Not Found"),
		unusable("a redirect", "bad-response", 4, secretstest.Fault{Kind: secretstest.HTML, Status: 302}, "HTTP 302"),
	}
}
