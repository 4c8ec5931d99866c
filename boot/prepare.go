package boot

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/supervisor"
)

// prepared is what the process that stays needs once files are written. It may hold secrets: it crosses a pipe and is
// never logged.
type prepared struct {
	Plan      supervisor.Plan
	Outage    string             // why the plan runs on the files of an earlier boot; empty: it does not
	Pending   string             // the mark that setup is due, to be cleared when it is done
	Runs      generation         // what the agent of this plan runs on
	OnRefresh supervisor.Refresh // what a change means for the running agent
	Places    map[string]string  // where in the profile its commands stand, see planner.places
	Compared  comparison         // of a refresh; where nothing is new there is no plan
	Wrote     []string           // paths of files
	Removed   []string           // paths of files whose condition does not hold any more
	Kept      *fileset.Kept      // what they replaced; nil of a boot, and where none was

	Record *Record // of this preparation; nil until it has come out of the pipe, beside this
}

// preparing are the stages of a boot.
func preparing() []stage {
	return slices.Concat(resolving(stage{"user", (*preparation).user}), planning(), []stage{{"write", (*preparation).write}})
}

// prepare does everything of a boot that comes before the first command: fetch, merge, validate, render, write. It writes
// nothing before all checks have passed, and a refresh nothing where nothing is new. The record says what was done until the
// error, too.
func (b *Boot) prepare(ctx context.Context, a *against) (*prepared, *Record, error) {
	p := b.newPreparation()
	p.against = a
	err := p.through(ctx, preparing()...)
	if a == nil && unavailable(err) && b.options.Sources.OnFailure == UseExistingOnFailure {
		err = p.useExisting(ctx, err)
	}
	return p.end(err)
}

// prepareExisting is prepare without a fetch: the worker before hung, which is the outage.
func (b *Boot) prepareExisting(ctx context.Context, outage error) (*prepared, *Record, error) {
	p := b.newPreparation()
	err := p.through(ctx, stage{"profile", (*preparation).choose})
	if err == nil {
		err = p.useExisting(ctx, outage)
	}
	return p.end(err)
}

// end closes the record. It is copied: a pointer into the preparation would keep its secrets in memory.
func (p *preparation) end(err error) (*prepared, *Record, error) {
	p.takeIdentity(err != nil)
	record := p.record
	if err != nil {
		record.Failure = failureOf(err)
		return nil, &record, err
	}
	return p.plan, &record, nil
}

// write writes the files and makes the plan that follows from it.
func (p *preparation) write(context.Context) error {
	next, compared := p.compare()
	if compared.Verdict == isUnchanged || compared.Verdict == isRefused {
		p.plan = &prepared{Runs: next, Compared: compared}
		return nil
	}
	applied, err := p.apply(p.rendered())
	p.recordApplied(applied)
	if err != nil {
		return err
	}
	if p.plan, err = p.planner.plan(p.log, applied); err != nil {
		return errors.Join(err, applied.Kept.Restore())
	}
	p.plan.Runs, p.plan.Compared = next, compared
	p.plan.Wrote, p.plan.Removed, p.plan.Kept = applied.Changed, applied.Removed, applied.Kept
	return nil
}

func (p *preparation) apply(files []configgen.Rendered) (fileset.Applied, error) {
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = file.Path
	}
	defer p.writingFiles(paths)()
	return p.examined.Resolved.Apply(files, p.owner(), p.against != nil)
}

func (p *preparation) recordApplied(applied fileset.Applied) {
	for _, path := range applied.Changed {
		p.log.Info("wrote file", "path", path)
	}
	for _, path := range applied.Removed {
		p.log.Info("removed file: its condition does not hold any more", "path", path)
	}
	for _, path := range applied.Unchanged {
		p.log.Info("file unchanged", "path", path)
	}
	for _, f := range p.files {
		switch {
		case slices.Contains(applied.Changed, f.Path):
			p.recordFile(f.Path, fileset.StateChanged, f)
		case slices.Contains(applied.Unchanged, f.Path):
			p.recordFile(f.Path, fileset.StateUnchanged, f)
		}
	}
	p.recordChanges()
	for _, w := range applied.Warnings {
		p.warn(fileWarning(w))
	}
	if err := applied.Unrecorded; err != nil && p.options.Sources.OnFailure == UseExistingOnFailure {
		p.log.Warn("no record of the files: --on-fetch-failure use-existing could not take them over", "error", err)
	}
}

// recordChanges notes when each file was last changed. Files are replaced as a whole, so that is the time of the file.
func (p *preparation) recordChanges() {
	for i := range p.record.Files {
		if info, err := os.Lstat(p.record.Files[i].Path); err == nil {
			p.record.Files[i].Changed = info.ModTime()
		}
	}
}

func (p *preparation) recordFile(path, state string, f configgen.FileReport) {
	p.record.Files = append(p.record.Files, FileRecord{Path: path, State: state, Mode: f.Mode, Writable: path != "" && f.Err == nil})
}
