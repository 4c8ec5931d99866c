package boot

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
)

const exportFileMode = 0o600

// Export prints the parameters as text for another program. format is one of format.ForExport. The text is also
// written to file, unless that is empty.
func (b *Boot) Export(ctx context.Context, format, file string) (*configgen.Exported, error) {
	var exported *configgen.Exported
	err := b.bounded(ctx, b.options.Sources.Timeout, func(ctx context.Context) error {
		resolved, err := b.resolve(ctx)
		if err != nil {
			return err
		}
		exported, err = resolved.Export(format, b.options.Environment.Allow)
		if err != nil {
			return err
		}
		b.logExported(exported)
		if file == "" {
			return nil
		}
		return b.exportTo(file, exported.Content)
	})
	return exported, err
}

func (b *Boot) logExported(exported *configgen.Exported) {
	for _, name := range exported.Dangerous {
		dangerousVariable(name).log(b.log)
	}
	for _, doubt := range exported.Doubts {
		b.log.Warn("value that a reader of dotenv files takes for another: use json, yaml or shell there", "name", doubt.Name, "readers", doubt.Readers)
	}
}

// exportTo writes the file. It refuses to replace what is not a regular file, such as /dev/stdout.
func (b *Boot) exportTo(file string, content []byte) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return b.options.Given.Wrongf("output-file", ": %w", err)
	}
	defer b.writingFiles([]string{path})()
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return &fileset.WriteError{
			Path: path, Op: "replace it", Err: errors.New("it is not a regular file but " + kindOfFile(info.Mode())),
			Fix: "leave out " + b.options.Given.Name("output-file") + " to print on standard output, or name a file",
		}
	}
	changed, err := fileset.Write(fileset.File{Path: path, Mode: exportFileMode, Content: content})
	if err != nil {
		return err
	}
	b.log.Info(map[bool]string{true: "wrote file", false: "file unchanged"}[changed], "path", path)
	return nil
}

func kindOfFile(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "a device, pipe or socket"
}
