package secretstest

import (
	"fmt"
	"time"
)

// A FaultRow is one fault of Parameter Store, or a series of them, and what a client that reads FaultPath must make of
// it. A package runs all rows; a black-box test of a program runs those with Binary, by exit code and message.
type FaultRow struct {
	Name   string
	Faults []Fault       // the script
	Limit  time.Duration // of the whole fetch; 0: far more than the row needs
	Calls  int           // of GetParametersByPath; 0: at least two, AnyCalls: any number
	Kind   string        // usage, unavailable, denied or invalid; "": the fetch succeeds
	Code   string        // the code of the failure
	Words  []string      // all in the message of the failure
	// ShortTry asks for a first limit of a few hundred milliseconds for one try, for a fault that only such a limit ends.
	ShortTry bool
	Binary   bool // also run on the program
}

const (
	// AnyCalls, as FaultRow.Calls, allows any number of calls.
	AnyCalls = -1

	// FaultPath is the path that the rows read. FillFaultPath puts FaultParameters below it: two pages.
	FaultPath       = "/app/prod"
	FaultParameters = 12

	// FaultValue begins every value below FaultPath. It may appear in no message and in no line of a log.
	FaultValue = "c4n4ry-s3cr3t"
)

// FillFaultPath puts the parameters p00 to p11 below FaultPath, with the values FaultValue-0 to FaultValue-11.
func (s *Server) FillFaultPath() {
	for i := range FaultParameters {
		s.Put(fmt.Sprintf("%s/p%02d", FaultPath, i), fmt.Sprintf("%s-%d", FaultValue, i))
	}
}

// FaultTable is every fault of Parameter Store that a client must handle, by group: overload and server errors, broken
// transport, pages, refusals.
func FaultTable() []FaultRow {
	var table []FaultRow
	for _, rows := range [][]FaultRow{serverFaults(), transportFaults(), pageFaults(), requestRefusals(), kmsRefusals(), credentialRefusals()} {
		table = append(table, rows...)
	}
	return table
}

// onBinary marks a row for the program, too.
func onBinary(r FaultRow) FaultRow {
	r.Binary = true
	return r
}

// passing is a row whose fetch succeeds in the end.
func passing(name string, calls int, faults ...Fault) FaultRow {
	return FaultRow{Name: name, Calls: calls, Faults: faults}
}

// lasting is a row whose fault does not end before the deadline.
func lasting(name, code string, f Fault, words ...string) FaultRow {
	f.Times = Forever
	return FaultRow{Name: name, Faults: []Fault{f}, Limit: time.Second, Kind: "unavailable", Code: code, Words: append(words, FaultPath)}
}

// unusable is a row whose answers are wrong: the client asks a few times, then it gives up.
func unusable(name, code string, calls int, f Fault, words ...string) FaultRow {
	f.Times = Forever
	return FaultRow{Name: name, Faults: []Fault{f}, Calls: calls, Kind: "unavailable", Code: code, Words: append(words, FaultPath)}
}

func serverFaults() []FaultRow {
	return []FaultRow{
		passing("throttled then fine", 9, Fault{Kind: Throttle, Times: 7}),
		passing("throttled on the second page", 5, Fault{Kind: Throttle, After: 1, Times: 3}),
		onBinary(lasting("throttled for ever", "throttled", Fault{Kind: Throttle}, "ThrottlingException: Rate exceeded", "us-east-1", "--splay", "--ssm-fetch names")),
		passing("429", 4, Fault{Kind: TooMany, Times: 2}),
		lasting("429 for ever", "throttled", Fault{Kind: TooMany}),
		passing("429 in HTML", 4, Fault{Kind: HTML, Status: 429, Times: 2}),
		passing("500 JSON", 5, Fault{Kind: ServerError, Times: 3}),
		onBinary(lasting("500 JSON for ever", "server-error", Fault{Kind: ServerError}, "HTTP 500 Internal Server Error, InternalServerError")),
		passing("502 JSON", 3, Fault{Kind: ServerError, Status: 502}),
		passing("503 HTML", 4, Fault{Kind: HTML, Status: 503, Times: 2}),
		passing("504 HTML", 3, Fault{Kind: HTML, Status: 504}),
		lasting("502 HTML for ever", "server-error", Fault{Kind: HTML, Status: 502}, "HTTP 502 Bad Gateway"),
		lasting("503 HTML for ever", "server-error", Fault{Kind: HTML}, "HTTP 503 Service Unavailable"),
		passing("500 without a body", 3, Fault{Kind: Raw, Status: 500}),
		passing("request timeout", 4, Fault{Kind: Custom, Code: "RequestTimeout", Message: "slow", Times: 2}),
		passing("service unavailable as 400", 4, Fault{Kind: Custom, Code: "ServiceUnavailableException", Times: 2}),
		passing("a mixture", 11, Fault{Kind: Throttle, Times: 2}, Fault{Kind: HTML}, Fault{Kind: Reset}, Fault{Kind: Close}, Fault{Kind: EmptyPage}, Fault{Kind: ServerError, Times: 3}),
	}
}

func transportFaults() []FaultRow {
	delay := func(ms int) Duration { return Duration(time.Duration(ms) * time.Millisecond) }
	shortTry := func(r FaultRow) FaultRow {
		r.ShortTry = true
		return r
	}
	return []FaultRow{
		passing("truncated body", 4, Fault{Kind: Truncate, Times: 2}),
		lasting("truncated for ever", "connection", Fault{Kind: Truncate}),
		passing("reset in the body", 4, Fault{Kind: Reset, Times: 2}),
		lasting("reset for ever", "connection", Fault{Kind: Reset}),
		passing("closed before headers", 4, Fault{Kind: Close, Times: 2}),
		onBinary(lasting("closed for ever", "connection", Fault{Kind: Close}, "the connection ended before the answer did")),
		shortTry(passing("one connection hangs", 0, Fault{Kind: Hang})),
		shortTry(passing("hangs in the body", 0, Fault{Kind: HangBody})),
		shortTry(lasting("hangs for ever", "timeout", Fault{Kind: Hang}, "no answer in time")),
		passing("slow first byte", AnyCalls, Fault{Kind: Slow, Delay: delay(100)}),
		passing("one slow page", AnyCalls, Fault{Kind: Slow, After: 1, Delay: delay(100)}),
		shortTry(passing("slower than the first limit", 0, Fault{Kind: Slow, Times: Forever, Delay: delay(450)})),
		passing("trickle", AnyCalls, Fault{Kind: Trickle, Delay: delay(120)}),
		passing("slow 503", 3, Fault{Kind: SlowError, Status: 503, Delay: delay(20)}),
	}
}

// pageFaults are answers that HTTP allows, and some of them AWS too.
func pageFaults() []FaultRow {
	return []FaultRow{
		passing("empty pages with tokens", 3, Fault{Kind: EmptyPage, After: 1}),
		passing("empty first page", 3, Fault{Kind: EmptyPage}),
		passing("five empty pages in the middle", 7, Fault{Kind: EmptyPage, After: 1, Times: 5}),
		onBinary(unusable("the same token again", "endless-pagination", 2, Fault{Kind: RepeatToken}, "the token of a page came again")),
		unusable("endless empty pages", "endless-pagination", 101, Fault{Kind: EmptyPage}, "empty pages in a row"),
		passing("empty token", 2, Fault{Kind: EmptyToken, Times: Forever}),
		passing("invalid next token once", 4, Fault{Kind: InvalidNextToken, After: 1}),
		unusable("invalid next token", "invalid-next-token", 6, Fault{Kind: InvalidNextToken, Match: "NextToken"}),
		passing("one parameter on two pages", 2, Fault{Kind: DuplicateName, After: 1}),
		passing("unknown fields", 2, Fault{Kind: UnknownFields, Times: Forever}),
		passing("unknown type", 2, Fault{Kind: UnknownType, Times: Forever}),
		passing("wrong content type", 2, Fault{Kind: WrongContent, Times: Forever}),
		passing("missing value once", 3, Fault{Kind: MissingValue}),
		onBinary(unusable("missing value", "bad-response", 4, Fault{Kind: MissingValue}, FaultPath+"/p00 without a value")),
		unusable("missing name", "bad-response", 4, Fault{Kind: MissingName}, "a parameter without a name"),
		onBinary(unusable("captive portal", "bad-response", 4, Fault{Kind: NotJSON}, "not Parameter Store's JSON")),
		unusable("nothing at all", "bad-response", 4, Fault{Kind: NoBody}),
		passing("cut JSON", 4, Fault{Kind: Raw, Body: `{"Parameters":[{"Name":"/a`, Times: 2}),
		unusable("wrong types", "bad-response", 4, Fault{Kind: Raw, Body: `{"Parameters":"` + FaultValue + `"}`}),
		unusable("403 HTML", "bad-response", 4, Fault{Kind: HTML, Status: 403}, "HTTP 403 Forbidden", "not Parameter Store's"),
		unusable("404 HTML", "bad-response", 4, Fault{Kind: HTML, Status: 404}, "HTTP 404 Not Found"),
		unusable("a redirect", "bad-response", 4, Fault{Kind: HTML, Status: 302}, "HTTP 302"),
	}
}
