package cli

import (
	"time"

	"github.com/hashicorp/go-hclog"
)

// durationLog writes every time.Duration as a string of Go's form, rounded to the millisecond. hclog alone writes it
// as a number of nanoseconds in JSON and with all its digits in text. It is done here once, so that no place that logs
// has to think of it.
type durationLog struct{ hclog.Logger }

func (l durationLog) Log(level hclog.Level, msg string, args ...any) {
	l.Logger.Log(level, msg, durationsAsText(args)...)
}
func (l durationLog) Trace(msg string, args ...any) { l.Logger.Trace(msg, durationsAsText(args)...) }
func (l durationLog) Debug(msg string, args ...any) { l.Logger.Debug(msg, durationsAsText(args)...) }
func (l durationLog) Info(msg string, args ...any)  { l.Logger.Info(msg, durationsAsText(args)...) }
func (l durationLog) Warn(msg string, args ...any)  { l.Logger.Warn(msg, durationsAsText(args)...) }
func (l durationLog) Error(msg string, args ...any) { l.Logger.Error(msg, durationsAsText(args)...) }

// With, Named and ResetNamed keep what they make a durationLog, too.
func (l durationLog) With(args ...any) hclog.Logger {
	return durationLog{l.Logger.With(durationsAsText(args)...)}
}
func (l durationLog) Named(name string) hclog.Logger { return durationLog{l.Logger.Named(name)} }
func (l durationLog) ResetNamed(name string) hclog.Logger {
	return durationLog{l.Logger.ResetNamed(name)}
}

// durationsAsText gives args with its durations as text; the caller's own slice stays as it is.
func durationsAsText(args []any) []any {
	text := args
	for i, arg := range args {
		d, ok := arg.(time.Duration)
		if !ok {
			continue
		}
		if &text[0] == &args[0] {
			text = append([]any(nil), args...)
		}
		text[i] = d.Round(time.Millisecond).String()
	}
	return text
}
