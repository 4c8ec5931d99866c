package ssm

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
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
	b.WriteString("    sid       = " + hclString(s.Sid) + "\n")
	b.WriteString("    effect    = " + hclString(s.Effect) + "\n")
	b.WriteString("    actions   = " + hclList(s.Action) + "\n")
	b.WriteString("    resources = " + hclList(s.Resource) + "\n")
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			b.WriteString("\n    condition {\n")
			b.WriteString("      test     = " + hclString(operator) + "\n")
			b.WriteString("      variable = " + hclString(key) + "\n")
			b.WriteString("      values   = " + hclList(s.Condition[operator][key]) + "\n")
			b.WriteString("    }\n")
		}
	}
	b.WriteString("  }\n")
}

// hclString quotes; a template's beginning is doubled.
func hclString(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}

func hclList(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = hclString(item)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
