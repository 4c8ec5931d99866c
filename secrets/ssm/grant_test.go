package ssm

import (
	"strings"
	"testing"

	"github.com/tsboot/tsboot/secrets"
)

// TestGrant: the fix of a refusal names what to allow, and the policy that refuses.
func TestGrant(t *testing.T) {
	t.Parallel()
	const user = "User: arn:aws:sts::111122223333:assumed-role/task/abc is not authorized to perform: ssm:GetParametersByPath on resource: arn:aws:ssm:us-east-1:111122223333:parameter/a "
	const what = " ssm:GetParametersByPath on arn:aws:ssm:us-east-1:111122223333:parameter/a "
	for message, want := range map[string]string{
		user + "because no identity-based policy allows the ssm:GetParametersByPath action":  "allow" + what + "in the policy of that identity",
		user + "because no permissions boundary allows the ssm:GetParametersByPath action":   "allow" + what + "in the permissions boundary, which refuses it (the policy of that identity may be right)",
		user + "because no service control policy allows the ssm:GetParametersByPath action": "allow" + what + "in the service control policy, which refuses it (the policy of that identity may be right)",
		user + "because no VPC endpoint policy allows the ssm:GetParametersByPath action":    "allow" + what + "in the VPC endpoint policy, which refuses it (the policy of that identity may be right)",
		user + "with an explicit deny in a service control policy":                           "remove what denies" + what + "in a service control policy",
		strings.TrimSpace(user):      "allow" + what + "in the policy of that identity",
		"Access denied by a gateway": "allow" + what + "in the policy of that identity",
	} {
		detail := "AccessDeniedException: " + message
		f := finding{code: CodeAccessDenied, detail: detail}
		f.action, f.arn = namedIn(message)
		e := (&caller{}).explain(task{action: "ssm:GetParametersByPath", arn: "arn:aws:ssm:us-east-1:111122223333:parameter/a"}, f, 1).(*secrets.Error)
		if e.Fix != want {
			t.Errorf("%s\nfix %q\nwant %q", message, e.Fix, want)
		}
		if e.Action != "ssm:GetParametersByPath" || !strings.HasSuffix(e.ARN, ":parameter/a") {
			t.Errorf("%s: %q on %q", message, e.Action, e.ARN)
		}
		if st, ok := Grant(e); ok == strings.Contains(message, "explicit deny") || ok && st.Resource[0] != e.ARN {
			t.Errorf("%s: statement %+v, %v", message, st, ok)
		}
	}
	e := (&caller{}).explain(task{action: "ssm:GetParametersByPath"}, finding{code: CodeKMSAccessDenied, detail: "The ciphertext refers to a key"}, 1).(*secrets.Error)
	byPath, _ := Grant(&secrets.Error{Code: CodeAccessDenied, Action: "ssm:GetParametersByPath", ARN: "a"})
	byName, _ := Grant(&secrets.Error{Code: CodeAccessDenied, Action: "ssm:GetParameters", ARN: "b"})
	if byPath.Sid == byName.Sid { // IAM refuses a policy with the same Sid twice
		t.Errorf("both statements have the Sid %s", byPath.Sid)
	}
	if _, ok := Grant(e); ok || e.Action != "kms:Decrypt" || e.ARN != "" || !strings.Contains(e.Fix, "kms:Decrypt") {
		t.Errorf("%+v", e)
	}
}
