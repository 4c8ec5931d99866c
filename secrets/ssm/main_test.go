package ssm

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain takes away whatever AWS set-up the machine has: a test must never
// reach a real account.
func TestMain(m *testing.M) {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "ECS_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			_ = os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true"} {
		_ = os.Setenv(name, value)
	}
	goleak.VerifyTestMain(m)
}
