package sink

import "sync"

// counts are the numbers of a sink's status. The zero counts has none.
type counts struct {
	mu     sync.Mutex
	status Status
}

// sent notes that lines were written.
func (c *counts) sent(lines uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status.Sent += lines
}

// dropped notes that lines could not be written, and why.
func (c *counts) dropped(lines uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status.Dropped += lines
	if err != nil {
		c.status.LastError = err.Error()
	}
}

func (c *counts) of(where string) Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	status := c.status
	status.Where = where
	return status
}
