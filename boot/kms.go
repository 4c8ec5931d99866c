package boot

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// explainKMS adds to the problem of a source what KMS left out of its refusal: which parameters, which keys, and the
// statement for them.
func (p *preparation) explainKMS(problem *Problem, source ssm.Reading) {
	var e *secrets.Error
	if !errors.As(source.Err, &e) || e.Code != ssm.CodeKMSAccessDenied || e.ARN != "" {
		return
	}
	keys, names := sealedKeys(source.Sealed)
	if len(names) > 0 {
		problem.What += "; encrypted there: " + joinSome(names)
		problem.Cause.About += ": " + joinSome(names)
	}
	switch {
	case len(source.Sealed) > 0 && len(keys) == 0:
		problem.Cause.Fix = "" // it is the same for all
		problem.Fix = "these parameters use the key aws/ssm, which every role of its own account may use by way of Parameter Store: look for a policy of the organization, of a VPC endpoint or of a session that denies kms:Decrypt"
		return
	case len(keys) == 0 || slices.Contains(keys, ssm.PlaceholderKey):
		problem.Fix += fmt.Sprintf("; to see the key: aws ssm describe-parameters --parameter-filters Key=Path,Option=Recursive,Values=%s --query 'Parameters[].[Name,KeyId]'", source.Name())
		problem.Cause.Fix = problem.Fix
		keys = []string{ssm.PlaceholderKey}
	default:
		problem.Fix = "allow kms:Decrypt on " + joinAnd(keys) + " in the policy of that identity and in the key's"
		problem.Cause.Fix = problem.Fix
	}
	problem.Allow = p.decryption(source, keys)
}

// sealedKeys are the keys of one's own, and the names of what they encrypt.
func sealedKeys(sealed []ssm.Sealed) (keys, names []string) {
	for _, s := range sealed {
		key := s.KeyID
		if key == "" {
			key = ssm.PlaceholderKey
		}
		if ssm.IsManagedKey(key) {
			continue
		}
		names = append(names, s.FullName)
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, names
}

// decryption is the part of the policy for a source that lets keys decrypt.
func (p *preparation) decryption(source ssm.Source, keys []string) []ssm.IAMStatement {
	options := ssm.IAMOptions{Region: p.record.Region.Name, Account: p.record.Identity.Account, Keys: keys}
	policy, err := ssm.LeastPrivilege([]ssm.Source{source}, options)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(policy.Statement, func(s ssm.IAMStatement) bool { return !slices.Contains(s.Action, "kms:Decrypt") })
}

// joinSome lists the first few and says how many more there are.
func joinSome(names []string) string {
	const most = 5
	if len(names) <= most {
		return joinAnd(names)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func joinAnd(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
