package ssm

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// JSON is the policy as IAM, CloudFormation and the AWS CLI take it.
func (p *IAMPolicy) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(p, "", "  ")
	return append(text, '\n'), err
}

// Terraform is the policy as a data source, aws_iam_policy_document.tsboot.
func (p *IAMPolicy) Terraform() []byte {
	var b strings.Builder
	b.WriteString("data \"aws_iam_policy_document\" \"tsboot\" {\n")
	for i, s := range p.Statement {
		if i > 0 {
			b.WriteString("\n")
		}
		s.terraform(&b)
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

func (s *IAMStatement) terraform(b *strings.Builder) {
	b.WriteString("  statement {\n")
	b.WriteString("    sid       = " + HCLString(s.Sid) + "\n")
	b.WriteString("    effect    = " + HCLString(s.Effect) + "\n")
	b.WriteString("    actions   = " + hclList(s.Action) + "\n")
	b.WriteString("    resources = " + hclList(s.Resource) + "\n")
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			b.WriteString("\n    condition {\n")
			b.WriteString("      test     = " + HCLString(operator) + "\n")
			b.WriteString("      variable = " + HCLString(key) + "\n")
			b.WriteString("      values   = " + hclList(s.Condition[operator][key]) + "\n")
			b.WriteString("    }\n")
		}
	}
	b.WriteString("  }\n")
}

// HCLString quotes a text for Terraform: HCL has fewer escapes than Go, and the beginning of a template is doubled.
func HCLString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func hclList(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = HCLString(item)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
