package fileset

import "io/fs"

// File is a file to put in its place. The zero File has no path and cannot be
// written.
type File struct {
	Path    string      // absolute
	Mode    fs.FileMode // its permission bits; others are not set
	Content []byte
	Secret  bool // Content has a secret in it: a warning says who could read the file before

	Owner   *Owner // of this file and of directories that are made for it; nil: that of all files
	Trusted []int  // users, besides root, tsboot's and the owners, who may own directories on the way
}

// Owner is the user and group of a written file.
type Owner struct{ UID, GID int }

// Problem is one fault or warning, and what can be done about it. It never has
// content of a file in it.
type Problem struct {
	Code string // of the Catalogue, e.g. "file-exposed"
	What string // what is wrong
	Fix  string // what the operator can do; may be empty
}
