//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tsboot/tsboot/integration/audit"
)

// kernel is the audit state of the machine while the soak has it.
type kernel struct {
	lease  *audit.Lease
	before string
}

// borrow takes the state, where nobody uses it.
func borrow() (*kernel, error) {
	lease, err := audit.Take(context.Background())
	if err != nil {
		return nil, err
	}
	k := &kernel{lease: lease}
	if k.before, err = audit.Text(); err != nil {
		return nil, errors.Join(err, lease.Return())
	}
	return k, nil
}

// changed says what is not as it was.
func (k *kernel) changed() error {
	now, err := audit.Text()
	if err == nil && now != k.before {
		err = fmt.Errorf("the audit state was %s\nand is %s", k.before, now)
	}
	return err
}
