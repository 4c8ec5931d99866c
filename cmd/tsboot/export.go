package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/configgen"
)

const exportFileMode = 0o600

func (a *app) exportCommand() *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use:   "export [flags]",
		Short: "print the parameters as dotenv, json, yaml or shell",
		Long: `export prints every parameter for another program, values included, as chamber's export does.

  dotenv   NAME=value, quoted so that a shell may source it; a value that a known reader of such files takes for
           another is named in a warning
  shell    export NAME='value', for eval "$(tsboot export --format shell ...)"
  json     one object on one line; the names are those of the store, below the path
  yaml     the same as YAML, every value a string

What changes how programs load (PATH, LD_*, ...) is left out of dotenv and shell, unless --allow-env names it.
Docker's --env-file knows no quotes: give it only what needs none, or use tsboot exec.`,
		Args: a.noWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runExport(cmd, format, file) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&format, "format", "f", "json", "`FORMAT`: "+strings.Join(configgen.ExportFormats(), ", "))
	fs.StringVarP(&file, "output-file", "o", "", "write to `FILE` instead, atomically, for its owner only (0600)")
	a.settings.sourceFlags(fs)
	fs.StringArrayVar(&a.settings.allowEnv, "allow-env", nil, "dotenv, shell: print the variable `NAME` although it changes how programs load; repeatable, * as last character")
	a.settings.logFlags(fs)
	return cmd
}

// runExport is `tsboot export`.
func (a *app) runExport(cmd *cobra.Command, format, file string) error {
	if err := a.begin(cmd); err != nil {
		return err
	}
	format = strings.ToLower(format)
	if err := a.settings.oneOf("format", format, configgen.ExportFormats()...); err != nil {
		return err
	}
	a.settings.profile, a.settings.withoutCommand = profileExec, true
	var exported *configgen.Exported
	err := a.bounded(cmd.Context(), a.settings.fetchTimeout, func(ctx context.Context) error {
		resolved, err := a.resolve(ctx)
		if err != nil {
			return err
		}
		exported, err = resolved.Export(format, a.settings.allowEnv)
		if err != nil {
			return err
		}
		a.logExported(exported)
		if file == "" {
			return nil
		}
		return a.exportTo(file, exported.Content)
	})
	if err != nil || file != "" {
		return err
	}
	_, err = cmd.OutOrStdout().Write(exported.Content)
	return err
}

func (a *app) logExported(exported *configgen.Exported) {
	for _, name := range exported.Dangerous {
		a.log.Warn("parameter not exported: its variable changes how programs load (see --allow-env)", "name", name)
	}
	for _, doubt := range exported.Doubts {
		a.log.Warn("value that a reader of dotenv files takes for another: use json, yaml or shell there", "name", doubt.Name, "readers", doubt.Readers)
	}
}

// exportTo replaces only what is a file or nothing: /dev/stdout and the like would be gone afterwards.
func (a *app) exportTo(file string, content []byte) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return a.settings.wrongf("output-file", ": %w", err)
	}
	defer a.writingFiles([]string{path})()
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return &configgen.WriteError{
			Path: path, Doing: "replace it", Err: errors.New("it is not a regular file but " + kindOf(info.Mode())),
			Fix: "leave out " + a.settings.name("output-file") + " to print on standard output, or name a file",
		}
	}
	changed, err := configgen.Write(configgen.Rendered{Path: path, Mode: exportFileMode, Content: content})
	if err != nil {
		return err
	}
	a.log.Info(map[bool]string{true: "wrote file", false: "file unchanged"}[changed], "path", path)
	return nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "a device, pipe or socket"
}
