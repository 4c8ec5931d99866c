package secretstest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ServeHTTP answers one request of any of the services.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := readBody(r)
	op := operation(r, body)
	if op == opControl {
		s.control(w, r, body)
		return
	}
	call := newCall(r, op, body)
	right := func() answer { return s.right(r, call, body) }
	fault := s.takeFault(op, body)
	if fault == nil {
		answer := right() // before the call is seen: who waits for a call may then change what the store holds
		s.record(call)
		answer.send(w)
		return
	}
	call.Fault = fault.Kind
	s.record(call)
	s.wrong(w, r, call, body, fault, right)
}

const opControl = "control"

// operation names what a request asks for.
func operation(r *http.Request, body []byte) string {
	target := r.Header.Get("X-Amz-Target")
	switch path := r.URL.Path; {
	case target != "":
		return strings.TrimPrefix(target, "AmazonSSM.")
	case strings.HasPrefix(path, "/_secretstest/credentials"):
		return OpCredentials
	case strings.HasPrefix(path, "/_secretstest/v4"):
		return OpTask
	case strings.HasPrefix(path, "/_secretstest/"):
		return opControl
	case strings.HasPrefix(path, "/latest/"):
		return OpIMDS
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		return OpSTS
	}
	return "unknown"
}

// right is the answer of a service in good health.
func (s *Server) right(r *http.Request, c Call, body []byte) answer {
	switch c.Op {
	case OpCredentials:
		return s.credentialsAnswer()
	case OpTask:
		return s.taskAnswer(r)
	case OpIMDS:
		return s.instanceAnswer(r)
	case OpSTS:
		return s.identityAnswer(c, body)
	}
	result, err := s.parameterStore(c, body)
	return jsonAnswer(result, err)
}

// wrong answers by a fault.
func (s *Server) wrong(w http.ResponseWriter, r *http.Request, c Call, body []byte, f *Fault, right func() answer) {
	switch f.Kind {
	case Truncate, Reset:
		right().sendHalf(w)
		cut(w, f.Kind == Reset)
	case Close:
		cut(w, false)
	case Hang:
		s.wait(r, -1)
		cut(w, false)
	case HangBody:
		right().sendHalf(w)
		s.wait(r, -1)
		cut(w, false)
	case Slow:
		if s.wait(r, time.Duration(f.Delay)) {
			right().send(w)
		}
	case Trickle:
		s.sendSlowly(w, r, right(), time.Duration(f.Delay))
	case SlowError:
		if s.wait(r, time.Duration(f.Delay)) {
			s.errorAnswer(c, body, f).send(w)
		}
	case EmptyPage, RepeatToken, EmptyToken, DuplicateName, MissingValue, MissingName, UnknownFields, UnknownType:
		s.oddPage(c, body, f.Kind, right()).send(w)
	case Endless, GzipBomb:
		s.sendEndlessly(w, r, f)
	case EndlessHeader:
		s.sendEndlessHeader(w, r)
	case WrongContent:
		a := right()
		a.contentType = "text/plain; charset=utf-8"
		a.send(w)
	default:
		s.errorAnswer(c, body, f).send(w)
	}
}

// errorAnswer is the answer of a fault that is a whole response.
func (s *Server) errorAnswer(c Call, body []byte, f *Fault) answer {
	var a answer
	switch f.Kind {
	case Throttle:
		a = jsonAnswer(nil, failure(400, "ThrottlingException", "Rate exceeded"))
	case TooMany:
		a = jsonAnswer(nil, failure(429, "TooManyRequestsException", "Too Many Requests"))
	case ServerError, SlowError:
		a = jsonAnswer(nil, &apiError{status: or(f.Status, 500), code: serverErrorCode(or(f.Status, 500))})
	case HTML:
		status := or(f.Status, 503)
		text := fmt.Sprintf("%d %s", status, http.StatusText(status))
		a = answer{status: status, contentType: "text/html", body: []byte("<html>\r\n<head><title>" + text + "</title></head>\r\n<body><center><h1>" + text + "</h1></center></body>\r\n</html>\r\n")}
	case Custom:
		a = jsonAnswer(nil, failure(or(f.Status, 400), f.Code, f.Message))
	case Raw:
		a = answer{status: or(f.Status, 200), contentType: contentType, body: []byte(f.Body)}
	case NotJSON:
		a = answer{status: 200, contentType: "text/html", body: []byte("<html><body>Please log in to the guest network</body></html>")}
	case NoBody:
		a = answer{status: 200, contentType: contentType}
	default:
		ref := refusals[f.Kind]
		a = jsonAnswer(nil, failure(or(f.Status, 400), ref.code, ref.text(c.Op, s.resource(c, body), s.account)))
	}
	a.header = map[string]string{}
	if f.Kind == ClockSkew {
		a.header["Date"] = time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	}
	if f.RetryAfter != "" {
		a.header["Retry-After"] = f.RetryAfter
	}
	if f.AmzRetry != "" {
		a.header["X-Amz-Retry-After"] = f.AmzRetry
	}
	return a
}

func serverErrorCode(status int) string {
	if status == 500 {
		return "InternalServerError"
	}
	return strings.ReplaceAll(http.StatusText(status), " ", "") + "Exception"
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
