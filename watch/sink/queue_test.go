package sink

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQueueDropsTheOldestFirst compares the queue with a plain model, over random work.
func TestQueueDropsTheOldestFirst(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		limit := 1000 + random.IntN(4000)
		q, model := queue{limit: limit}, []Item(nil)
		cost := func() (sum int) {
			for _, i := range model {
				sum += i.cost()
			}
			return sum
		}
		dropModel := func(ordinaryOnly bool) bool {
			i := slices.IndexFunc(model, func(i Item) bool { return !i.keep() })
			if i < 0 && ordinaryOnly {
				return false
			}
			i = max(i, 0)
			model = slices.Delete(slices.Clone(model), i, i+1)
			return true
		}
		for step := range 400 {
			item := Item{Line: make([]byte, 1+random.IntN(300)), Alert: random.IntN(4) == 0, Loss: random.IntN(9) == 0}
			item.Line[0] = byte(step)
			switch random.IntN(8) {
			case 0:
				lines := random.IntN(6)
				got := q.take(1<<30, lines)
				n := min(lines, len(model))
				if !sameItems(got, model[:n]) {
					t.Fatalf("took %d items that differ", len(got))
				}
				model = model[n:]
				if random.IntN(2) == 0 {
					dropped := q.putBack(got, false)
					model = slices.Concat(got, model)
					for cost() > limit && len(model) > 1 {
						dropModel(false)
						dropped--
					}
					if dropped != 0 {
						t.Fatalf("putBack: %d more dropped than in the model", dropped)
					}
				}
			default:
				dropped, in := q.put(item), true
				for in && len(model) > 0 && cost()+item.cost() > limit {
					if in = dropModel(!item.keep()); in {
						dropped--
					}
				}
				if in {
					model = append(model, item)
				} else {
					dropped--
				}
				if dropped != 0 {
					t.Fatalf("put: %d more dropped than in the model", dropped)
				}
			}
			if q.live != len(model) || q.bytes != cost() {
				t.Fatalf("%d items, %d bytes, want %d, %d", q.live, q.bytes, len(model), cost())
			}
		}
		if got := q.take(1<<30, 1<<30); !sameItems(got, model) {
			t.Fatal("the rest differs")
		}
	}
}

func sameItems(a, b []Item) bool {
	return slices.EqualFunc(a, b, func(a, b Item) bool { return &a.Line[0] == &b.Line[0] })
}

// TestQueueGivesBackPlaces: an alert that stays at the head does not make the queue grow.
func TestQueueGivesBackPlaces(t *testing.T) {
	t.Parallel()
	q := queue{limit: 10000}
	q.put(Item{Line: []byte("a"), Alert: true})
	for range 100000 {
		q.put(Item{Line: make([]byte, 100)})
	}
	if len(q.items) > 5000 || q.bytes > 10000 {
		t.Errorf("%d places, %d bytes", len(q.items), q.bytes)
	}
	if first := q.take(1<<30, 1); !first[0].Alert {
		t.Error("the alert went")
	}
}

func TestQueueTakesBatches(t *testing.T) {
	t.Parallel()
	q := queue{limit: 1 << 20}
	for range 10 {
		q.put(Item{Line: make([]byte, 100)})
	}
	if got := len(q.take(350, 100)); got != 3 {
		t.Errorf("%d lines in 350 bytes", got)
	}
	if got := len(q.take(10, 100)); got != 1 {
		t.Errorf("%d lines in 10 bytes, want the one that is longer", got)
	}
	if got := len(q.take(1<<20, 2)); got != 2 {
		t.Errorf("%d lines, want 2", got)
	}
}
