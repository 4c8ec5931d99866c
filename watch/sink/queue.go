package sink

import "slices"

// itemOverhead is what an item costs beside its line.
const itemOverhead = 64

// queue holds lines in their order, bounded by bytes. Where something has to go, the oldest event that is not to be kept
// goes first. It has no lock.
type queue struct {
	limit int
	items []Item // an item that went has no line
	live  int    // items that are there
	bytes int
	scan  int // all items before it are to be kept, or went
}

func (i Item) cost() int { return len(i.Line) + itemOverhead }

// fits says whether the item can be put without dropping. An empty queue takes any item.
func (q *queue) fits(item Item) bool {
	return q.live == 0 || q.bytes+item.cost() <= q.limit
}

// put adds an item, and answers how many had to go, the item itself perhaps.
func (q *queue) put(item Item) (dropped int) {
	for !q.fits(item) {
		if !q.dropOrdinary() {
			if !item.keep() {
				return dropped + 1
			}
			q.take(1, 1)
		}
		dropped++
	}
	q.items = append(q.items, item)
	q.live++
	q.bytes += item.cost()
	return dropped
}

// putBack puts items before all others, and answers how many had to go; none, where all are to stay.
func (q *queue) putBack(items []Item, stay bool) (dropped int) {
	if len(items) == 0 {
		return 0
	}
	q.items = slices.Concat(items, q.items)
	q.scan = 0
	q.live += len(items)
	for _, item := range items {
		q.bytes += item.cost()
	}
	for !stay && q.bytes > q.limit && q.live > 1 {
		if !q.dropOrdinary() {
			q.take(1, 1)
		}
		dropped++
	}
	return dropped
}

// dropOrdinary drops the oldest item that is not to be kept.
func (q *queue) dropOrdinary() bool {
	for ; q.scan < len(q.items); q.scan++ {
		if item := &q.items[q.scan]; item.Line != nil && !item.keep() {
			q.bytes -= item.cost()
			q.live--
			*item = Item{}
			q.compact()
			return true
		}
	}
	return false
}

// compact gives back the places of items that went, before they are many.
func (q *queue) compact() {
	if holes := len(q.items) - q.live; holes > q.live+1024 {
		q.items = slices.DeleteFunc(q.items, func(i Item) bool { return i.Line == nil })
		q.scan = 0
	}
}

// take removes the oldest items: at least one, if there is one, then as many as the limits allow.
func (q *queue) take(bytes, lines int) []Item {
	var taken []Item
	size, i := 0, 0
	for ; i < len(q.items) && len(taken) < lines; i++ {
		item := q.items[i]
		if item.Line == nil {
			continue
		}
		size += len(item.Line) + 1
		if size > bytes && len(taken) > 0 {
			break
		}
		taken = append(taken, item)
		q.live--
		q.bytes -= item.cost()
		q.items[i] = Item{}
	}
	q.items = q.items[i:]
	q.scan = max(0, q.scan-i)
	if q.live == 0 {
		q.items, q.scan = nil, 0 // what a burst needed is given back
	}
	return taken
}

// oldest is the item that take would give first.
func (q *queue) oldest() (Item, bool) {
	for _, item := range q.items {
		if item.Line != nil {
			return item, true
		}
	}
	return Item{}, false
}
