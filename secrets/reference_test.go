package secrets

import "testing"

func TestNearEnvRef(t *testing.T) {
	t.Parallel()
	for value, near := range map[string]bool{
		"ssm:/o/db": true, "SSM:///o/db": true, "ssm//o/db": true, " ssm:///o/db": true, "\tssm:///o/db": true, "Ssm://o": true, `"ssm:///o/db"`: true, "'ssm:///o/db'": true,
		"ssm:o/db": true, "ssm :///o/db": true, "ssm;///o/db": true, "{{resolve:ssm:/o/db:1}}": true, "{{resolve:ssm-secure:/o/db:1}}": true, "aws-ssm:///o/db": true,
		"ssm:///o/db": false, "ssm://": false, "": false, "ssm": false, "ssm/agent": false, "assm:///x": false, "https://ssm.us-east-1.amazonaws.com": false, "ssmtp": false, "the ssm:///x": false,
	} {
		if got := NearEnvRef(value); got != near {
			t.Errorf("%q: %v", value, got)
		}
	}
}
