package main

import (
	"errors"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

func (s *settings) name(flag string) string   { return s.origins.Name(flag) }
func (s *settings) origin(flag string) string { return s.origins.Origin(flag) }
func (s *settings) wrongf(flag, format string, args ...any) error {
	return s.origins.Wrongf(flag, format, args...)
}

// blame puts the origin before what package secrets says of a flag's value, which it got without it.
func (s *settings) blame(flag string, err error) error {
	var failure *secrets.Error
	if !errors.As(err, &failure) {
		return err
	}
	blamed := *failure
	blamed.Doing = s.origin(flag) + ": " + failure.Doing
	blamed.Mend = strings.ReplaceAll(failure.Mend, "--"+flag, s.name(flag))
	return &blamed
}

// blameDir is blame for what only the reading finds: a directory of secrets that cannot be read.
func (s *settings) blameDir(err error) error {
	var failure *secrets.Error
	if errors.As(err, &failure) && failure.Code == secrets.CodeBadSecretsDir {
		return s.blame("secrets-dir", err)
	}
	return err
}
