package ssm

import (
	"errors"
	"fmt"

	"github.com/tsboot/tsboot/secrets"
)

// errNotReady: the agent has not finished the container's metadata file.
var errNotReady = errors.New("the ECS agent has not finished the file")

// containerDocument reads the metadata file of the container once. Without one
// the document is nil.
func (e environment) containerDocument() (document, error) {
	path := e.get(containerFile)
	if path == "" {
		return nil, nil
	}
	body, err := secrets.ReadFile(path, maxMetadata)
	var large *secrets.TooLargeError
	switch {
	case errors.As(err, &large):
		return nil, err
	case err != nil:
		return nil, &missingError{plainPathError(err)}
	}
	d := readDocument(body)
	if d == nil {
		return nil, fmt.Errorf("%w: it is not whole JSON", errNotReady)
	}
	if status := d.text("MetadataFileStatus"); status != "READY" {
		return d, fmt.Errorf("%w: its MetadataFileStatus is %q, not READY", errNotReady, status)
	}
	return d, nil
}
