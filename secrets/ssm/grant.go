package ssm

import (
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// Grant is the statement that allows what was refused. There is none if a policy
// denies it explicitly, or if the refusal does not name it. The Sid has the name of
// the action: several statements go into one policy, where each Sid is there once.
func Grant(e *secrets.Error) (IAMStatement, bool) {
	if e.Code != CodeAccessDenied && e.Code != CodeKMSAccessDenied || e.Action == "" || e.ARN == "" || strings.Contains(e.Detail, "explicit deny") {
		return IAMStatement{}, false
	}
	_, name, _ := strings.Cut(e.Action, ":")
	return IAMStatement{Sid: "AllowTsboot" + name, Effect: "Allow", Action: []string{e.Action}, Resource: []string{e.ARN}}, true
}

// refused is the action and the ARN that were not allowed: those that AWS named,
// else those of the task. KMS often does not name the key.
func refused(t task, f finding) (action, resource string) {
	switch {
	case f.action != "":
		return f.action, f.arn
	case f.code == CodeKMSAccessDenied:
		return "kms:Decrypt", ""
	}
	return t.action, t.arn
}

// grant says what to allow, and where: most refusals mean that the role's policy
// lacks a statement, but other policies can refuse, too.
func grant(e *secrets.Error) string {
	_, denied, explicit := strings.Cut(e.Detail, "with an explicit deny in ")
	_, other, silent := strings.Cut(e.Detail, "because no ")
	other, _, _ = strings.Cut(other, " allows ")
	switch {
	case e.Action == "" || e.ARN == "":
		return e.Fix
	case explicit:
		where, _, _ := strings.Cut(denied, " (")
		return fmt.Sprintf("remove what denies %s on %s in %s", e.Action, e.ARN, where)
	case silent && other != "" && other != "identity-based policy" && len(other) < 40:
		return fmt.Sprintf("allow %s on %s in the %s, which refuses it (the policy of that identity may be right)", e.Action, e.ARN, other)
	case e.Code == CodeKMSAccessDenied:
		return fmt.Sprintf("allow %s on %s in the policy of that identity and in the key's", e.Action, e.ARN)
	}
	return fmt.Sprintf("allow %s on %s in the policy of that identity", e.Action, e.ARN)
}
