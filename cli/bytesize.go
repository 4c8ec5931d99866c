package cli

import (
	"errors"
	"strings"

	"github.com/docker/go-units"
)

// ByteSize is the value of a flag that is a number of bytes: 65536, 256KiB, 8MiB, 1GiB. It implements pflag.Value.
type ByteSize int64

// Set reads the size. Units are powers of 1024, with or without the i.
func (s *ByteSize) Set(text string) error {
	n, err := units.RAMInBytes(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return errors.New("want a number of bytes, as in 65536, 256KiB or 8MiB")
	}
	*s = ByteSize(n)
	return nil
}

// String writes the size as Set reads it.
func (s *ByteSize) String() string { return strings.ReplaceAll(units.BytesSize(float64(*s)), " ", "") }

// Type is for the flag library.
func (s *ByteSize) Type() string { return "size" }
