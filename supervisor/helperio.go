package supervisor

import "io"

// HelperIO is what a helper reads and writes.
type HelperIO struct {
	Input []byte
	// Log gets all of its standard error before Output returns, and must not block
	// for ever; nil: it is tsboot's own.
	Log io.Writer
	// Watch gets its standard output as it comes, and must not block for ever; nil:
	// Output only returns it.
	Watch io.Writer
}
