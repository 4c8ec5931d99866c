package boot

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/supervisor"
)

// HintAtWords adds a hint to the error about a command that is not found and may be several words in one, as in
// exec -- "server --port 80". Any other error is returned as it is.
func HintAtWords(command []string, err error) error {
	var missing *supervisor.ExecError
	if !errors.As(err, &missing) || !missing.NotFound() || len(command) == 0 || len(strings.Fields(command[0])) < 2 {
		return err
	}
	return fmt.Errorf("%w; it is one word, and a command and its arguments are separate words: %s", err, jsonWords(strings.Fields(command[0])))
}

// jsonWords writes words as a task definition has them in "command".
func jsonWords(words []string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(words) // strings can always be encoded
	return strings.ReplaceAll(strings.TrimSpace(b.String()), `","`, `", "`)
}
