package container

import (
	"bytes"
	"strings"
)

// Path is what the cgroups of a process say about its container.
type Path struct {
	ID       string // of the innermost container
	ParentID string // of the container around it, where containers nest
	Runtime  string // empty where the path does not say
}

// ParseCgroup reads the text of /proc/PID/cgroup. It is false where no line has a container: a process of the host, or one
// that watches a container from outside (conmon), or one of which the kernel says nothing any more.
func ParseCgroup(text string) (Path, bool) {
	p := findPlace([]byte(text))
	return Path{ID: string(p.id), ParentID: string(p.outer), Runtime: p.runtime}, p.depth > 0
}

// InCgroup is whether a path in the text of /proc/PID/cgroup names the container: as a segment, or as the end of one.
func InCgroup(text, id string) bool {
	for line := range strings.Lines(text) {
		path, _, ok := cutPath([]byte(strings.TrimSuffix(line, "\n")))
		if !ok {
			continue
		}
		for segment := range strings.SplitSeq(string(path), "/") {
			rest, ok := strings.CutSuffix(strings.TrimSuffix(segment, ".scope"), id)
			if ok && id != "" && (rest == "" || strings.HasSuffix(rest, "-") || strings.HasSuffix(rest, ":")) {
				return true
			}
		}
	}
	return false
}

// place is the container that cgroups name; the ids are parts of the text that was read.
type place struct {
	id      []byte // of the innermost container
	outer   []byte // of the container around it, where containers nest
	runtime string // empty where the path does not say
	odd     bool   // no runtime that is known gives such a name: it counts where nothing else does
	depth   int    // how many containers the path goes through; 0: none
	legacy  bool   // there are hierarchies of cgroup v1
	above   bool   // a path begins outside of the reader's cgroup namespace: /..
}

// findPlace takes, of all lines, the one that goes through most containers: on a host with both versions of cgroups, the line
// of one may have none.
func findPlace(text []byte) place {
	var best place
	var last []byte
	legacy, above := false, false
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		path, v1, ok := cutPath(line)
		if !ok {
			continue
		}
		legacy = legacy || v1
		if last != nil && bytes.Equal(path, last) {
			continue // so it is on most hosts of v1
		}
		above = above || bytes.HasPrefix(path, []byte("/.."))
		if p := findInPath(path); p.depth > best.depth {
			best = p
		}
		last = path
	}
	best.legacy, best.above = legacy, above
	return best
}

// cutPath cuts the path off a line: HIERARCHY:CONTROLLERS:PATH. A path may have colons itself.
func cutPath(line []byte) (path []byte, v1, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i < 0 {
		return nil, false, false
	}
	j := bytes.IndexByte(line[i+1:], ':')
	if j < 0 {
		return nil, false, false
	}
	path = bytes.TrimSuffix(line[i+j+2:], []byte("\r")) // a file that was made by hand
	path = bytes.TrimSuffix(path, []byte(" (deleted)"))
	v1 = j > 0 || i != 1 || line[0] != '0'
	return path, v1, len(path) > 0 && path[0] == '/'
}

// findInPath goes through the path from the outside to the inside.
func findInPath(path []byte) place {
	var p place
	w := walk{first: true}
	for len(path) > 0 {
		path = path[1:] // the slash
		end := bytes.IndexByte(path, '/')
		if end < 0 {
			end = len(path)
		}
		id, runtime := w.step(path[:end])
		switch {
		case len(id) == 0 || bytes.Equal(id, p.id):
		case w.odd && p.depth > 0 && !p.odd: // a cgroup that somebody made inside
		case p.odd: // a name above that somebody chose
			p.id, p.runtime, p.odd = id, runtime, w.odd
		default:
			p.id, p.outer, p.runtime, p.odd = id, p.id, runtime, w.odd
			p.depth++
		}
		path = path[end:]
	}
	return p
}
