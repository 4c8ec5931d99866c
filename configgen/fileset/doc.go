// Package fileset puts the files of one boot in their places: all of them, or none,
// each whole, with its mode and owner, and with a record beside them that says which
// files the boot wrote. It knows paths and bytes, and no profile.
//
// A boot calls Apply, and ClearPending when its setup is done. A refresh has Apply keep
// what it replaces, see Kept, until it is known that the new files are good. When the content is
// not to be had, Earlier says whether the files of an earlier boot can be used. For
// tsboot check, Preflight, PreflightRecord and SetupPending find out what a boot
// would do, and whether it could, without writing. Write writes one file that a
// person named. Every path is absolute.
//
// Any goroutine may call the functions at any time. When two write one path at once,
// the file stays whole, and the last rename wins. Two boots must not call Apply for
// the same paths at once: the record would be that of one, and a file of the other.
package fileset
