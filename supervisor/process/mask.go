//go:build linux

package process

import "strings"

// redacted stands where a secret stood.
const redacted = "[redacted]"

// fragmentMin is the length from which the beginning of a secret is masked, too,
// where the output ends in the middle of it: its writer was killed.
const fragmentMin = 6

// SecretSet finds secrets in a stream: an Aho-Corasick automaton, one state for
// each beginning of a secret, state 0 for the empty one. The cost of a byte does
// not depend on the number of secrets.
type SecretSet struct {
	states []secretState
	tables [][256]int32 // of the states with many children: the child for each byte; 0: none. The first is state 0's
}

type secretState struct {
	child, sibling int32  // first state that is one byte longer; next one of the same parent
	fail           int32  // the longest end of this state that is a state itself
	depth          int32  // the length of this state
	match          int32  // the length of the longest secret that ends here; 0: none
	table          uint16 // 1 + the index of its table; 0: few children, which are a list
	label          byte   // the last byte of this state
}

// A state with more children than fewChildren gets a table, as long as there are fewer than maxTables, which are 4 MiB.
const (
	fewChildren = 6
	maxTables   = 4096
)

// NewSecretSet returns nil when there is nothing to mask. Blank secrets are in
// any output and are left out.
func NewSecretSet(secrets []string) *SecretSet {
	size := 1
	for _, secret := range secrets {
		size += len(secret)
	}
	s := &SecretSet{states: make([]secretState, 1, size)}
	s.tabulate(0)
	for _, secret := range secrets {
		if strings.TrimSpace(secret) != "" {
			s.add(secret)
		}
	}
	if len(s.states) == 1 {
		return nil
	}
	s.link()
	return s
}

func (s *SecretSet) add(secret string) {
	state := int32(0)
	for i := range len(secret) {
		next := s.next(state, secret[i])
		if next == 0 {
			next = int32(len(s.states))
			s.states = append(s.states, secretState{label: secret[i], depth: int32(i + 1), sibling: s.states[state].child})
			s.states[state].child = next
			s.tabulate(state)
		}
		state = next
	}
	s.states[state].match = int32(len(secret))
}

// tabulate notes the newest child in the state's table, and makes one for a state that has many children. The lines of one
// long secret begin with every letter, and each byte of text would be looked for in the lists of some of them.
func (s *SecretSet) tabulate(state int32) {
	st := &s.states[state]
	if st.table == 0 {
		children := 0
		for child := st.child; child != 0; child = s.states[child].sibling {
			children++
		}
		if state != 0 && (children <= fewChildren || len(s.tables) >= maxTables) {
			return
		}
		s.tables = append(s.tables, [256]int32{})
		st.table = uint16(len(s.tables))
		for child := st.child; child != 0; child = s.states[child].sibling {
			s.tables[st.table-1][s.states[child].label] = child
		}
	}
	if st.child != 0 {
		s.tables[st.table-1][s.states[st.child].label] = st.child
	}
}

// next is the state that is one byte longer, 0 if there is none.
func (s *SecretSet) next(state int32, c byte) int32 {
	if table := s.states[state].table; table != 0 {
		return s.tables[table-1][c]
	}
	next := s.states[state].child
	for next != 0 && s.states[next].label != c {
		next = s.states[next].sibling
	}
	return next
}

// link sets fail and match, shorter states first.
func (s *SecretSet) link() {
	queue := make([]int32, 1, len(s.states))
	for i := 0; i < len(queue); i++ {
		parent := queue[i]
		for child := s.states[parent].child; child != 0; child = s.states[child].sibling {
			queue = append(queue, child)
			if parent == 0 {
				continue
			}
			st := &s.states[child]
			st.fail = s.step(s.states[parent].fail, st.label)
			st.match = max(st.match, s.states[st.fail].match)
		}
	}
}

// step is the state after one more byte of text: the longest end of the text
// that a secret begins with.
func (s *SecretSet) step(state int32, c byte) int32 {
	for {
		if next := s.next(state, c); next != 0 || state == 0 {
			return next
		}
		state = s.states[state].fail
	}
}

// masker masks one stream. It keeps back what may still be the beginning of a
// secret, and nothing else, so it holds at most as much as the longest secret.
// Secrets that overlap are masked as one.
type masker struct {
	set    *SecretSet // nil: nothing is masked
	state  int32
	held   []byte // the text that is not decided yet
	spans  []span // the secrets found in held: sorted, none overlaps another
	opened bool   // the first span's beginning is written already
}

type span struct{ start, end int }

// write appends to dst what is decided after data has come.
func (m *masker) write(dst, data []byte) []byte {
	if m.set == nil {
		return append(dst, data...)
	}
	for _, c := range data {
		m.held = append(m.held, c)
		m.state = m.set.step(m.state, c)
		if n := m.set.states[m.state].match; n > 0 {
			m.found(len(m.held) - int(n))
		}
	}
	return m.release(dst, len(m.held)-m.undecided())
}

// end appends to dst what was kept back: the stream has ended.
func (m *masker) end(dst []byte) []byte {
	if m.set == nil {
		return dst
	}
	if n := m.undecided(); n >= fragmentMin {
		m.found(len(m.held) - n)
	}
	m.state = 0
	return m.release(dst, len(m.held))
}

// undecided is how much of the text's end a secret may begin with that has not
// come whole yet.
func (m *masker) undecided() int {
	state := m.state
	for m.set.states[state].child == 0 && state != 0 {
		state = m.set.states[state].fail
	}
	return int(m.set.states[state].depth)
}

// found notes that held from start on is a secret.
func (m *masker) found(start int) {
	for n := len(m.spans); n > 0 && m.spans[n-1].end > start; n-- {
		start = min(start, m.spans[n-1].start)
		m.spans = m.spans[:n-1]
	}
	m.spans = append(m.spans, span{start, len(m.held)})
}

// release writes held up to a place before which no further secret can begin. A
// span across that place is written now and swallowed up to its end, which may
// still move.
func (m *masker) release(dst []byte, upTo int) []byte {
	if upTo == 0 {
		return dst // a long secret may come in many pieces: nothing of it is moved until it is decided
	}
	pos := 0
	for len(m.spans) > 0 && m.spans[0].start < upTo {
		sp := &m.spans[0]
		if !m.opened {
			dst = append(append(dst, m.held[pos:sp.start]...), redacted...)
		}
		pos = min(sp.end, upTo)
		if m.opened = sp.end > upTo; m.opened {
			sp.start = upTo
			break
		}
		m.spans = m.spans[1:]
	}
	dst = append(dst, m.held[pos:upTo]...)
	for i := range m.spans {
		m.spans[i].start -= upTo
		m.spans[i].end -= upTo
	}
	m.held = append(m.held[:0], m.held[upTo:]...)
	return dst
}
