package ssm

import (
	"fmt"
	"strings"
	"testing"
)

// An answer that is quicker than the end of its request is an answer, not a reason to ask again: without wholeBody
// a few of these pages were asked for twice.
func TestQuickAnswersAreReadOnce(t *testing.T) {
	s := store(t)
	const pages = 300
	for i := range pages * pageSize {
		s.Put(fmt.Sprintf("/big/p%04d", i), strings.Repeat("v", 400))
	}
	result, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/big"}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Calls != pages || len(s.Calls()) != pages {
		t.Errorf("%d calls, %d seen by the store, want %d of both", result.Calls, len(s.Calls()), pages)
	}
}
