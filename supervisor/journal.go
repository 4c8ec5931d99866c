//go:build linux

package supervisor

import (
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/supervisor/process"
)

// journal logs without ever making the loop wait: standard error may be a pipe
// that nobody reads, and a supervisor stuck in a log line forwards no signal.
// Lines are written by a goroutine of its own; when it falls far behind, lines
// are dropped and counted.
type journal struct {
	logger  hclog.Logger
	lines   chan line
	dropped atomic.Int64
}

type line struct {
	level  hclog.Level
	msg    string
	args   []any
	marker chan struct{} // closed when all lines before it are written
}

const (
	journalDepth = 256
	flushTimeout = time.Second
)

func newJournal(logger hclog.Logger) *journal {
	if logger == nil {
		logger = hclog.NewNullLogger()
	}
	j := &journal{logger: logger, lines: make(chan line, journalDepth)}
	go j.run()
	return j
}

// run is Undisturbed, because the logger may be one that writes by itself.
func (j *journal) run() {
	process.Undisturbed()
	for l := range j.lines {
		if l.marker != nil {
			close(l.marker)
			continue
		}
		j.logger.Log(l.level, l.msg, l.args...)
		if n := j.dropped.Swap(0); n > 0 {
			j.logger.Warn("log lines dropped", "count", n)
		}
	}
}

func (j *journal) write(level hclog.Level, msg string, args []any) {
	if level < j.logger.GetLevel() {
		return
	}
	select {
	case j.lines <- line{level: level, msg: msg, args: args}:
	default:
		j.dropped.Add(1)
	}
}

func (j *journal) debug(msg string, args ...any) { j.write(hclog.Debug, msg, args) }
func (j *journal) info(msg string, args ...any)  { j.write(hclog.Info, msg, args) }
func (j *journal) warn(msg string, args ...any)  { j.write(hclog.Warn, msg, args) }
func (j *journal) error(msg string, args ...any) { j.write(hclog.Error, msg, args) }

// flush waits, not for ever, until what was logged so far is written.
func (j *journal) flush() {
	limit := time.NewTimer(flushTimeout)
	defer limit.Stop()
	marker := make(chan struct{})
	select {
	case j.lines <- line{marker: marker}:
	case <-limit.C:
		return
	}
	select {
	case <-marker:
	case <-limit.C:
	}
}

// close ends the goroutine once it has written what it holds.
func (j *journal) close() { close(j.lines) }
