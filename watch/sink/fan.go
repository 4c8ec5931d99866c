package sink

import (
	"context"
	"errors"
)

// Fan is several sinks as one: each gets every line. It is used by one goroutine, except for Status.
type Fan struct{ sinks []Sink }

// OpenFan opens the sinks of all names. When one cannot be had, those before it are closed again.
func OpenFan(names []string, options Options) (*Fan, error) {
	fan := &Fan{}
	for _, where := range names {
		sink, err := Open(where, options)
		if err != nil {
			return nil, errors.Join(err, fan.Close(context.Background()))
		}
		fan.sinks = append(fan.sinks, sink)
	}
	return fan, nil
}

// Put gives a line to all. An error is that of the first which is gone for good.
func (f *Fan) Put(item Item) error {
	return f.each(func(s Sink) error { return s.Put(item) })
}

// Flush writes what is kept back.
func (f *Fan) Flush() error { return f.each(Sink.Flush) }

// Reopen is for SIGHUP.
func (f *Fan) Reopen() {
	for _, s := range f.sinks {
		s.Reopen()
	}
}

// Close closes all, until ctx ends.
func (f *Fan) Close(ctx context.Context) error {
	return f.each(func(s Sink) error { return s.Close(ctx) })
}

// Status is that of all, in their order.
func (f *Fan) Status() []Status {
	status := make([]Status, 0, len(f.sinks))
	for _, s := range f.sinks {
		status = append(status, s.Status())
	}
	return status
}

// each calls one on every sink, and gives the first error.
func (f *Fan) each(one func(Sink) error) error {
	var first error
	for _, s := range f.sinks {
		if err := one(s); err != nil && first == nil {
			first = err
		}
	}
	return first
}
