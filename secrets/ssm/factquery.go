package ssm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// A factQuery is a question for facts, for its messages.
type factQuery struct {
	names  []string
	where  string // what is asked
	action string // for the log
	fix    string // where it does not have the facts; empty: that of the catalogue
}

// do asks until there is an answer, or a no, or the deadline of the caller.
func (q factQuery) do(ctx context.Context, c *caller, ask func(context.Context) error) error {
	ctx, cancel := c.context(ctx)
	defer cancel()
	t := task{op: q.op(), resource: q.where, action: q.action}
	err := c.do(ctx, t, func(ctx context.Context) error {
		if err := ask(ctx); err != nil {
			return &factError{err, q.fix}
		}
		return nil
	})
	var e *secrets.Error
	if errors.As(err, &e) && e.Code == CodeTimeout { // the deadline came before the first attempt was over
		return newError(CodeFactUnavailable, e.Op, e.Resource, e.Detail)
	}
	return err
}

func (q factQuery) op() string {
	word := "the fact"
	if len(q.names) > 1 {
		word = "the facts"
	}
	return "read " + word + " ${" + strings.Join(q.names, "}, ${") + "} from"
}

// missing is the error for facts that nothing gives here.
func (q factQuery) missing(detail string) error {
	e := newError(CodeFactMissing, q.op(), q.where, detail)
	if q.fix != "" {
		e.Fix = q.fix
	}
	return e
}

// from takes the facts from a document. The error names all that it does not have.
func (q factQuery) from(d document) (map[string]string, error) {
	values := map[string]string{}
	lacking := factQuery{where: q.where, fix: q.fix}
	var details []string
	for _, name := range q.names {
		if values[name] = d.fact(name); values[name] != "" {
			continue
		}
		key := documentKeys[name].name
		detail := "its " + key + " is missing or cannot be right"
		if text := d.text(key); text != "" {
			detail = fmt.Sprintf("its %s is %q", key, oneLine(text))
		}
		delete(values, name)
		lacking.names, details = append(lacking.names, name), append(details, detail)
	}
	if len(details) > 0 {
		return values, lacking.missing(strings.Join(details, "; "))
	}
	return values, nil
}

// A factError is a failure of what was asked for facts.
type factError struct {
	err error
	fix string
}

func (e *factError) Error() string { return e.err.Error() }
func (e *factError) Unwrap() error { return e.err }

// diagnose separates a no from no answer. A no of a service is asked for again a
// few times: an agent that has just started does not know its tasks yet.
func (e *factError) diagnose() finding {
	var missing *missingError
	var protocol *protocolError
	status := httpStatus(e.err)
	switch {
	case errors.As(e.err, &missing):
		return finding{class: Permanent, code: CodeFactMissing, detail: missing.Error(), fix: e.fix}
	case errors.Is(e.err, errDeadline):
		return finding{class: Local, code: CodeFactUnavailable, detail: "no answer in time"}
	case errors.As(e.err, &protocol):
		return finding{class: Limited, code: CodeFactUnavailable, detail: protocol.Error()}
	case errors.Is(e.err, errNotReady):
		return finding{class: Local, code: CodeFactUnavailable, detail: e.err.Error(), fix: "look at the log of the ECS agent of the instance"}
	case status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooManyRequests:
		return finding{class: Local, code: CodeFactUnavailable, detail: httpText(status)}
	case status >= 400:
		return finding{class: Limited, code: CodeFactMissing, detail: httpText(status), fix: e.fix}
	case status != 0:
		return finding{class: Limited, code: CodeFactUnavailable, detail: httpText(status)}
	}
	return finding{class: Local, code: CodeFactUnavailable, detail: diagnoseNetwork(e.err).detail}
}

// A missingError says that there is nothing to ask.
type missingError struct{ what string }

func (e *missingError) Error() string { return e.what }
