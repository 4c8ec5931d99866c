package sink

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"
)

// minPiece is the least size of a segment, minSpool that of a spool. segments is how many a spool has when it is full: removing one makes room.
const (
	minSpool = blockSize
	minPiece = blockSize
	segments = 32
)

// directory is where a spool has its files: 0700, the files 0600. It is locked while it is open.
type directory struct {
	path  string
	file  *os.File
	dirty bool // files came or went since the last sync
}

// openSpool opens the spool of an output below dir, with what earlier runs have left. dropped is how many lines of these were torn, or
// are above the limit, and went.
func openSpool(dir, output string, limit int64, block bool, log hclog.Logger) (p *spool, dropped int, err error) {
	d, err := openDirectory(filepath.Join(dir, spoolName(output)))
	if err != nil {
		return nil, 0, err
	}
	p = &spool{dir: d, limit: limit, block: block, piece: max(minPiece, limit/segments/blockSize*blockSize), log: log}
	p.lanes = [2]*lane{{kind: laneEvents}, {kind: laneAlerts}}
	if dropped, err = p.recover(); err != nil {
		p.close()
		return nil, 0, fmt.Errorf("read the spool %s: %w", d.path, err)
	}
	for room := true; room && !block && p.used() > limit; {
		var went int
		went, room = p.evict(true)
		dropped += went
	}
	return p, dropped, nil
}

// spoolName is the directory of an output: its address may hold a secret.
func spoolName(output string) string {
	sum := sha256.Sum256([]byte(output))
	return fmt.Sprintf("%x", sum[:8])
}

// warnOfOthers logs what is in the spool of an output that is not there any more: nobody sends it.
func warnOfOthers(dir string, targets []target, log hclog.Logger) {
	known := map[string]bool{}
	for _, t := range targets {
		known[spoolName(t.identity())] = true
	}
	outputs, _ := os.ReadDir(dir)
	for _, output := range outputs {
		other := filepath.Join(dir, output.Name())
		files, _ := os.ReadDir(other)
		if !known[output.Name()] && slices.ContainsFunc(files, isSegment) {
			log.Warn("the spool has events of an output that is not configured any more: nobody sends them", "dir", other)
		}
	}
}

func openDirectory(path string) (*directory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the spool: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock the spool %s: another tswatch uses it: stop that one, or give another --spool-dir", path)
		}
		return nil, fmt.Errorf("lock the spool %s: %w", path, err)
	}
	return &directory{path: path, file: file}, nil
}

func (d *directory) sync() error { return d.file.Sync() }

// close gives the lock back by itself: a child that another goroutine starts at this moment has the file, too, until its exec, and the lock
// would live as long (flock(2)).
func (d *directory) close() {
	_ = unix.Flock(int(d.file.Fd()), unix.LOCK_UN)
	_ = d.file.Close()
}

// create makes a segment whose first line has this number.
func (d *directory) create(kind string, number uint64) (*segment, error) {
	name := filepath.Join(d.path, fmt.Sprintf("%s-%016x", kind, number))
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write the spool: %w", err)
	}
	s := &segment{name: name, kind: kind, first: number, file: file, size: headerSize, done: headerSize, cursor: headerSize}
	d.dirty = true
	if err := s.consume(headerSize); err != nil {
		return nil, errors.Join(fmt.Errorf("write the spool: %w", err), d.remove(s))
	}
	return s, nil
}

func (d *directory) remove(s *segment) error {
	d.dirty = true
	_ = s.file.Close()
	return os.Remove(s.name)
}

// recover finds the files of earlier runs. torn is how many lines were not written to their end.
func (p *spool) recover() (torn int, err error) {
	entries, err := os.ReadDir(p.dir.path)
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		kind, number, ok := parseSegment(entry.Name())
		if !ok {
			continue
		}
		if !entry.Type().IsRegular() { // not ours
			p.next = max(p.next, number+1)
			continue
		}
		file, err := os.OpenFile(filepath.Join(p.dir.path, entry.Name()), os.O_RDWR, 0)
		if err != nil {
			return torn, err
		}
		s := &segment{name: file.Name(), kind: kind, first: number, file: file}
		last, cut, err := s.recover()
		if err != nil {
			_ = file.Close()
			return torn, err
		}
		if cut > 0 {
			torn++
			p.log.Warn("a file of the spool has a torn end", "file", s.name, "bytes", cut)
		}
		p.next = max(p.next, last+1, number+1)
		p.adopt(s)
	}
	for _, lane := range p.lanes {
		slices.SortFunc(lane.segments, func(a, b *segment) int { return strings.Compare(a.name, b.name) })
	}
	return torn, nil
}

// adopt adds a segment of an earlier run. One that has no line left goes.
func (p *spool) adopt(s *segment) {
	lane := p.lanes[0]
	if s.kind == laneAlerts {
		lane = p.lanes[1]
	}
	lane.segments = append(lane.segments, s)
	p.events += s.count
	if s.count == 0 {
		p.remove(lane, s)
	}
}

func isSegment(entry fs.DirEntry) bool {
	_, _, ok := parseSegment(entry.Name())
	return ok
}

// parseSegment reads the name of a segment: event-000000000000002a.
func parseSegment(name string) (kind string, number uint64, ok bool) {
	kind, hex, _ := strings.Cut(name, "-")
	number, err := strconv.ParseUint(hex, 16, 64)
	return kind, number, err == nil && len(hex) == 16 && (kind == laneEvents || kind == laneAlerts)
}
