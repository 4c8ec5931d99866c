package event

import (
	"os"
	"strings"
	"testing"
)

// TestPage holds docs/watch-events.md to what events have: each field, and each action that is not a syscall's name.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/watch-events.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for field := range ecsFields {
		if !strings.Contains(page, "`"+field+"`") {
			t.Errorf("the page does not tell of %s", field)
		}
	}
	for _, action := range []string{ActionExecuted, ActionConnected, ActionChangedNamespace, ActionMounted, ActionLoadedModule, ActionTraced,
		ActionChangedAudit, ActionLost} {
		if !strings.Contains(page, "\n| `"+action+"` |") {
			t.Errorf("the page does not tell of %s", action)
		}
	}
	for class, name := range ocsfNames {
		if class != ocsfBase && !strings.Contains(page, name) {
			t.Errorf("the page does not tell of %s", name)
		}
	}
}
