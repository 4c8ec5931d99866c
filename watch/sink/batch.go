package sink

import "time"

// lineLinger is that of outputs that take single lines. A line that comes alone is written at once; of a flood each wake-up of
// the goroutine and each write has many.
const lineLinger = 10 * time.Millisecond

// growPause is how long batches stay small after one was too large for the device.
const growPause = time.Minute

// leastSlow is what is sent at once where nothing else is known than that an answer did not come in time: the link may be slow, or the
// server hangs, and small batches would be slow then, too.
const leastSlow = 32 << 10

// batching says how many lines a device gets at once.
type batching struct {
	bytes, lines int
	paged        bool          // somebody may read it page by page: the end of a replay waits without a limit
	linger       time.Duration // the least time between two batches, unless there is an alert or a whole batch

	most    int       // bytes, where the device takes batches of any size
	tooMuch time.Time // when a batch was too large
}

func newBatching(bytes, lines int, linger time.Duration) batching {
	return batching{bytes: bytes, lines: lines, linger: linger, most: bytes}
}

// shrink makes the next batch half as large as this one, which was too large, but not smaller than least.
func (b *batching) shrink(batch []Item, least int, now time.Time) {
	size := 0
	for _, item := range batch {
		size += len(item.Line)
	}
	if size/2 >= least {
		b.bytes, b.tooMuch = size/2, now
	}
}

// grow makes the next batch twice as large, up to the size of the first: the limit of a server may have changed. Not at once: a batch that
// is too large was sent in vain.
func (b *batching) grow(now time.Time) {
	if b.bytes < b.most && now.Sub(b.tooMuch) >= growPause {
		b.bytes = min(b.most, 2*b.bytes)
	}
}
