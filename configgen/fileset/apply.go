package fileset

import "slices"

// Applied is what Apply did, or what Earlier found. The zero Applied has no files.
type Applied struct {
	Changed    []string  // paths that were written
	Unchanged  []string  // paths that were left alone
	Removed    []string  // of Options.Gone: those that an earlier boot had written
	SetupDue   bool      // a file changed, now or in a boot whose setup never ended: steps with `creates` run, too
	Pending    string    // what to give to ClearPending when setup is done; empty when there is nothing to clear
	Kept       *Kept     // what was replaced, with Options.Keep; nil: nothing was
	Warnings   []Problem // files that others could read before they were replaced
	Unrecorded error     // why the record of unchanged files could not be written: a later boot cannot use these files
}

// Options of Apply.
type Options struct {
	Skips bool   // setup has steps that can be skipped
	Keep  bool   // keep what is replaced beside it, until Kept.Restore or Kept.Discard
	Gone  []File // not to be there: removed where an earlier boot wrote them, by its record, and nothing changed them since
}

// Apply writes the files, all of them or none, and a record of them beside the
// first. Owner is who they belong to where a file does not say; nil means tsboot's user. With Options.Skips
// the record says that setup is due until ClearPending is called. If tsboot dies or
// setup fails before that, the next boot finds the files unchanged but runs setup.
// The error is a *WriteError.
func Apply(files []File, owner *Owner, how Options) (Applied, error) {
	s := &set{owner: owner}
	defer s.close()
	if err := s.open(files); err != nil {
		s.undo()
		return Applied{Warnings: s.warnings}, err
	}
	a := Applied{Warnings: s.warnings}
	var old *record
	if len(files) > 0 {
		old, _ = recordBeside(files[0], owner) // nil when it cannot be read
	}
	s.openGone(how.Gone, old)
	due := how.Skips && old.due()
	if len(s.changed) > 0 {
		var err error
		if a.Kept, err = s.put(how); err != nil {
			return a, err
		}
		due = true
	} else if fresh := s.record(due); len(files) > 0 && !fresh.equal(old) {
		_, a.Unrecorded = fresh.target(files[0], owner).write()
	}
	for _, t := range s.targets {
		if t.differs {
			a.Changed = append(a.Changed, t.file.Path)
		} else {
			a.Unchanged = append(a.Unchanged, t.file.Path)
		}
	}
	for _, t := range s.gone {
		if t.remove {
			a.Removed = append(a.Removed, t.file.Path)
		}
	}
	a.SetupDue = due
	if due && how.Skips && len(files) > 0 {
		a.Pending = recordPath(files[0].Path)
	}
	return a, nil
}

// A set is the files of one boot.
type set struct {
	owner    *Owner
	targets  []*target // in the profile's order
	changed  []*target // those that differ from the files on disk, and those that are removed
	gone     []*target // that are not to be there
	warnings []Problem
}

// open opens the directory of every file and finds out which files to write.
func (s *set) open(files []File) error {
	for _, f := range files {
		t := newTarget(f, s.owner)
		s.targets = append(s.targets, t)
		if err := t.open(); err != nil {
			return err
		}
		s.warnings = append(s.warnings, t.exposure()...)
		same, err := t.unchanged()
		if err != nil {
			return err
		}
		if t.differs = !same; t.differs {
			s.changed = append(s.changed, t)
		}
	}
	return nil
}

// openGone finds out which files to remove: those that a record has as they are. What
// cannot be looked at is left alone.
func (s *set) openGone(files []File, old *record) {
	records := []*record{old}
	for _, f := range files { // each may have been the first file once
		own, _ := recordBeside(f, s.owner)
		records = append(records, own)
	}
	for _, f := range files {
		t := newTarget(f, s.owner)
		s.gone = append(s.gone, t)
		if t.find() != nil || len(t.walk.missing) > 0 {
			continue
		}
		st, err := t.look()
		if err != nil || st == nil {
			continue
		}
		found := fingerprintOf(f.Path, st)
		if slices.ContainsFunc(records, func(r *record) bool { return r.has(found) }) {
			t.remove = true
			s.changed = append(s.changed, t)
		}
	}
}

// put writes every temporary file, then renames them all, the record first.
func (s *set) put(how Options) (*Kept, error) {
	for _, t := range s.changed {
		if t.remove {
			continue
		}
		if err := t.writeTemp(); err != nil {
			s.undo()
			return nil, err
		}
	}
	if len(s.targets) == 0 {
		return commit(s.changed, how.Keep)
	}
	record := s.record(how.Skips).target(s.targets[0].file, s.owner)
	defer record.close()
	err := record.open()
	if err == nil {
		err = record.writeTemp()
	}
	if err != nil {
		record.undo()
		s.undo()
		return nil, err
	}
	kept, err := commit(append([]*target{record}, s.changed...), how.Keep)
	if err != nil {
		s.undo()
	}
	return kept, err
}

// record makes the record of the files as they will be.
func (s *set) record(due bool) *record {
	r := &record{Version: recordVersion, SetupDue: due}
	for _, t := range s.targets {
		r.Files = append(r.Files, t.fingerprint)
	}
	return r
}

func (s *set) undo() {
	for i := len(s.targets) - 1; i >= 0; i-- {
		s.targets[i].undo()
	}
}

func (s *set) close() {
	for _, t := range slices.Concat(s.targets, s.gone) {
		t.close()
	}
}
