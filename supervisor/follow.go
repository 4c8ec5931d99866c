//go:build linux

package supervisor

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// Looking for the daemon is the only polling there is; it ends with the start.
const (
	followPollInitial = 10 * time.Millisecond
	followPollMax     = 250 * time.Millisecond
	// followSettle is how long after the start command's end the last child may
	// turn out to be a link of a double fork, which ends in favour of the next.
	followSettle = time.Second
	followNotes  = 4096
)

// followState is the search for the process that is the agent, when the start
// command forks it and ends.
type followState struct {
	before map[string]fileState    // the pid files before the start: a stale one is not believed
	start  *child                  // the start command
	born   uint64                  // its start time in clock ticks; 0: not known
	over   time.Time               // when it ended
	poll   time.Duration           // until the next look
	ended  map[int]unix.WaitStatus // orphans that ended meanwhile: one of them may have been it
	last   int                     // the last of them
	doubt  string                  // why what the pid file names is not taken
}

// fileState is what shows whether a file is still the one it was.
type fileState struct {
	size    int64
	mtime   time.Time
	inode   uint64
	content string
}

// prepareFollow is called before the start command can have done anything.
func (s *Supervisor) prepareFollow() {
	s.follow = followState{before: map[string]fileState{}, ended: map[int]unix.WaitStatus{}, poll: followPollInitial}
	for _, file := range s.pidFiles() {
		s.follow.before[file] = s.lookAt(file)
	}
}

// pidFiles are those of the plan; none: the last child is the agent.
func (s *Supervisor) pidFiles() []string {
	f := s.plan.Agent.Follow
	if f.PIDFile == "" {
		return nil
	}
	files := []string{s.absolute(f.PIDFile)}
	for _, other := range f.Others {
		files = append(files, s.absolute(other))
	}
	return files
}

// beginFollow waits for the start command to end.
func (s *Supervisor) beginFollow(start *child) {
	s.enter(phaseStarting)
	s.follow.start = start
	if st, ok := s.kernel.Identify(start.pid); ok {
		s.follow.born = st.Start
	}
	timeout := s.plan.Agent.Follow.Timeout
	if timeout <= 0 {
		timeout = DefaultFollowTimeout
	}
	s.timers.set(timerFollowTimeout, s.now().Add(timeout))
	s.log.Debug("start command started", "pid", start.pid)
}

// startCommandEnded takes the end of a start command that did its work; any
// other end is the agent's.
func (s *Supervisor) startCommandEnded(c *child, status Status) bool {
	if c != s.follow.start || status.ExitCode() != 0 {
		return false
	}
	s.agent.child = nil
	s.release(c)
	s.terminal.TakeBack()
	s.follow.over = s.now()
	s.timers.set(timerFollow, s.now()) // after the children that have ended by now are taken
	return true
}

// bornSinceStart tells what the start command may have left from what was there before.
func (s *Supervisor) bornSinceStart(pid int) bool {
	st, ok := s.kernel.Identify(pid)
	return !ok || st.Start >= s.follow.born
}

// noteOrphan remembers how an orphan ended while the daemon is sought.
func (f *followState) noteOrphan(pid int, ws unix.WaitStatus) {
	if len(f.ended) < followNotes {
		f.ended[pid], f.last = ws, pid
	}
}

// lookForDaemon looks once, and again later if there is nothing to see yet.
func (s *Supervisor) lookForDaemon() {
	if s.phase != phaseStarting || s.agentAlive() {
		return
	}
	pids := s.daemons()
	if pids == nil {
		s.timers.set(timerFollow, s.now().Add(s.follow.poll))
		s.follow.poll = min(2*s.follow.poll, followPollMax)
		return
	}
	s.followProcesses(pids)
}

// daemons are the processes to follow, when all of them are there.
func (s *Supervisor) daemons() []int {
	files := s.pidFiles()
	if files == nil {
		if pid := s.lastChild(); pid != 0 {
			return []int{pid}
		}
		return nil
	}
	var pids []int
	for _, file := range files {
		pid := s.pidFromFile(file)
		if pid == 0 {
			return nil
		}
		if slices.Contains(pids, pid) {
			s.follow.doubt = fmt.Sprintf("pid file %q names process %d, as another one does", file, pid)
			return nil
		}
		pids = append(pids, pid)
	}
	return pids
}

// followProcesses makes processes the agent.
func (s *Supervisor) followProcesses(pids []int) {
	var all []*child
	for _, pid := range pids {
		c := &child{pid: pid, role: roleAgent, keep: true, started: s.follow.start.started}
		if _, ended := s.follow.ended[pid]; ended {
			c.keep, c.ended = false, true
		} else {
			s.children[pid] = c
		}
		all = append(all, c)
	}
	s.timers.clear(timerFollow)
	s.timers.clear(timerFollowTimeout)
	s.agent.child, s.agent.peers, s.agent.followed, s.agent.anyEnd = all[0], all[1:], true, s.plan.Agent.Follow.AnyEnd
	keys := []any{"pid", pids[0], "attempt", s.agent.started}
	if len(pids) > 1 {
		keys = append(keys, "pids", pids)
	}
	s.log.Info("agent started", keys...)
	s.agentRuns()
	for _, c := range all {
		if c.ended {
			s.onAgentEnd(c, process.NewStatus(s.follow.ended[c.pid], s.now().Sub(c.started)))
		}
	}
	s.lookAgain() // one may have ended before it was registered
}

// pidFromFile returns the process that a pid file names, if the file was
// written since the start and names an orphan that tsboot adopted. Such a process
// keeps its pid until it is reaped, so a signal cannot reach another one.
func (s *Supervisor) pidFromFile(file string) int {
	now := s.lookAt(file)
	if now == s.follow.before[file] {
		s.follow.doubt = fmt.Sprintf("pid file %q was not written", file)
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(now.content))
	if err != nil || pid <= 1 {
		s.follow.doubt = fmt.Sprintf("pid file %q holds no pid", file)
		return 0
	}
	if _, ended := s.follow.ended[pid]; ended || s.adopted(pid) {
		return pid
	}
	s.follow.doubt = fmt.Sprintf("pid file %q names process %d, which the start command did not leave behind", file, pid)
	return 0
}

// lastChild returns the youngest orphan that tsboot adopted, or else the one that
// ended last.
func (s *Supervisor) lastChild() int {
	youngest, start := 0, uint64(0)
	for _, pid := range s.kernel.Children() {
		if st, ok := s.kernel.Identify(pid); ok && s.adopted(pid) && (st.Start > start || (st.Start == start && pid > youngest)) {
			youngest, start = pid, st.Start
		}
	}
	if youngest == 0 && s.now().Sub(s.follow.over) >= followSettle {
		youngest = s.follow.last
	}
	s.follow.doubt = "it left no process behind"
	return youngest
}

// adopted reports whether a process is an orphan of this run that is a child of
// tsboot now.
func (s *Supervisor) adopted(pid int) bool {
	st, ok := s.kernel.Identify(pid)
	if !ok || st.PPID != s.self || s.children[pid] != nil || st.Start < s.follow.born {
		return false
	}
	start, known := s.setupDaemons[pid]
	return !known || start != st.Start
}

// followNextFork lets the next link of a double fork be the agent.
func (s *Supervisor) followNextFork(c *child, status Status) bool {
	f := s.plan.Agent.Follow
	if f == nil || !f.LastChild || !s.agent.followed || s.trial.decides() || status.ExitCode() != 0 || s.now().Sub(s.follow.over) > followSettle {
		return false
	}
	next := s.lastChild()
	if next == 0 || next == c.pid || s.phase != phaseRunning {
		return false
	}
	s.release(c)
	s.followProcesses([]int{next})
	return true
}

// followTimedOut ends a start that took too long.
func (s *Supervisor) followTimedOut() {
	if s.phase != phaseStarting {
		return
	}
	why := s.follow.doubt
	if s.agentAlive() {
		why = "it is still running"
	}
	s.timers.clear(timerFollow)
	err := &SetupError{Step: "start command", Err: fmt.Errorf("follow the agent: %s", why)}
	n := next{kind: nextBackOff}
	switch {
	case s.trial.watches():
		s.fail(TrialNotStarted, err)
		n.kind = nextUndo
	case s.plan.Agent.startsOnce():
		s.finish(Status{}, err)
		return
	}
	s.log.Warn("start command failed", "error", err)
	s.stopAgentFor(n)
	if s.agentAlive() {
		return
	}
	if n.kind == nextBackOff {
		s.agent.failures++
		s.next = s.nextRun(s.agent.last)
	}
	s.terminateRemaining()
}

// exists reports whether there is something at a path, as a person would see it.
func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// lookAt reads a small file and what distinguishes it from another of its name.
func lookAt(file string) fileState {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 64 {
		return fileState{}
	}
	st := fileState{size: info.Size(), mtime: info.ModTime(), content: string(process.ReadProc(file))}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		st.inode = sys.Ino
	}
	return st
}
