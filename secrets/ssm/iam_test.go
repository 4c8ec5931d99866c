package ssm

import (
	"encoding/json"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

func policyOf(t *testing.T, r Request, o IAMOptions) *IAMPolicy {
	t.Helper()
	p, err := policyFor(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// allows says whether a statement of the policy lets an action onto a resource.
func (p *IAMPolicy) allows(action, resource string) bool {
	return slices.ContainsFunc(p.Statement, func(s IAMStatement) bool {
		return slices.Contains(s.Action, action) && slices.ContainsFunc(s.Resource, func(pattern string) bool { return iamMatch(pattern, resource) })
	})
}

// iamMatch compares as IAM does: * is anything, slashes too.
func iamMatch(pattern, s string) bool {
	hide := strings.NewReplacer("/", "\x01", "[", `\[`, `\`, `\\`)
	ok, err := path.Match(hide.Replace(pattern), strings.ReplaceAll(s, "/", "\x01"))
	return err == nil && ok
}

// TestIAMPolicyIsTheLeast: what a fetch asks for is just what its policy
// allows, no more and no less.
func TestIAMPolicyIsTheLeast(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]Request{
		"paths":      {Paths: []string{"/threatstack/prod/", "/common"}},
		"names":      {Paths: []string{"/threatstack/prod"}, ByName: true, Names: []string{"deploy-key", "ruleset", "Log/LEVEL"}},
		"references": {Refs: refs(t, "/db/password:3", "url=/db/url:live", "plain", "/aws/reference/secretsmanager/app/key#token", "arn:aws:ssm:us-east-1:444455556666:parameter/shared/x")},
		"everything": {Paths: []string{"/common"}, Refs: refs(t, "/db/password"), Variables: refs(t, "API_KEY=/api/key")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := store(t)
			for _, p := range []string{"/threatstack/prod/deploy-key", "/common/x", "/db/password", "/db/password", "plain", "/shared/x", "/api/key"} {
				s.Put(p, "x")
			}
			s.Put("/db/password", "x")
			s.Put("/db/url", "x", secretstest.Label("live"))
			s.PutSecret("app/key", `{"token":"x"}`)
			if _, err := fetchRequest(t.Context(), options(s), r); err != nil {
				t.Fatal(err)
			}
			p := policyOf(t, r, IAMOptions{Region: "us-east-1", Account: "111122223333"})
			asked := map[string]bool{}
			for _, c := range s.Calls("GetParametersByPath", "GetParameters") {
				for _, resource := range askedFor(t, c.Body) {
					asked["ssm:"+c.Op+" "+resource] = true
					if !p.allows("ssm:"+c.Op, resource) {
						t.Errorf("ssm:%s on %s is not allowed", c.Op, resource)
					}
				}
			}
			for _, st := range p.Statement {
				for _, resource := range st.Resource {
					if st.Action[0] != "secretsmanager:GetSecretValue" && !asked[st.Action[0]+" "+resource] {
						t.Errorf("%s on %s is allowed and never asked", st.Action[0], resource)
					}
				}
			}
		})
	}
}

// askedFor lists the resources that a call is checked against.
func askedFor(t *testing.T, body []byte) (arns []string) {
	t.Helper()
	var in struct {
		Path  string
		Names []string
	}
	if err := json.Unmarshal(body, &in); err != nil {
		t.Fatal(err)
	}
	if in.Path != "" {
		in.Names = []string{in.Path}
	}
	for _, name := range in.Names {
		arn := Ref{ID: name}.base()
		if !strings.HasPrefix(arn, "arn:") {
			arn = "arn:aws:ssm:us-east-1:111122223333:parameter/" + strings.TrimPrefix(arn, "/")
		}
		arns = append(arns, arn)
	}
	return arns
}

// TestIAMPolicyKeepsSiblingsOut: a path lets nobody read beside or below by name.
func TestIAMPolicyKeepsSiblingsOut(t *testing.T) {
	t.Parallel()
	p := policyOf(t, Request{Paths: []string{"/threatstack/prod"}}, IAMOptions{Region: "us-east-1", Account: "111122223333", Keys: []string{"alias/app"}})
	const base = "arn:aws:ssm:us-east-1:111122223333:parameter"
	if !p.allows("ssm:GetParametersByPath", base+"/threatstack/prod") {
		t.Error("the path itself is not allowed")
	}
	for _, sibling := range []string{"/threatstack/production", "/threatstack", "/threatstack/prod2/x", "/"} {
		if p.allows("ssm:GetParametersByPath", base+sibling) {
			t.Errorf("%s is allowed, too", sibling)
		}
	}
	context := p.Statement[1].Condition["StringLike"]["kms:EncryptionContext:PARAMETER_ARN"][0]
	if !iamMatch(context, base+"/threatstack/prod/a/b") || iamMatch(context, base+"/threatstack/production/a") {
		t.Errorf("context %s", context)
	}
}

// TestIAMPolicyKeys: the ways to name a key, and where it may be used.
func TestIAMPolicyKeys(t *testing.T) {
	t.Parallel()
	const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
	r := Request{Paths: []string{"/a"}, Refs: refs(t, "/aws/reference/secretsmanager/s", "arn:aws:ssm:eu-west-1:444455556666:parameter/x")}
	p := policyOf(t, r, IAMOptions{Region: "us-east-1", Account: "111122223333", Keys: []string{
		id, "alias/app", "arn:aws:kms:eu-west-1:444455556666:key/" + id, "arn:aws:kms:us-east-1:999988887777:alias/theirs", "alias/aws/ssm",
	}})
	want := []IAMStatement{
		{"ReadPaths", "Allow", []string{"ssm:GetParametersByPath"}, []string{"arn:aws:ssm:us-east-1:111122223333:parameter/a"}, nil},
		{"ReadParameters", "Allow", []string{"ssm:GetParameters"}, []string{"arn:aws:ssm:us-east-1:111122223333:parameter/aws/reference/secretsmanager/s", "arn:aws:ssm:eu-west-1:444455556666:parameter/x"}, nil},
		{"ReadSecrets", "Allow", []string{"secretsmanager:GetSecretValue"}, []string{"arn:aws:secretsmanager:us-east-1:111122223333:secret:s-??????"}, nil},
		decryption("DecryptParameters", "arn:aws:kms:us-east-1:111122223333:key/"+id, "ssm.us-east-1", "PARAMETER_ARN", "arn:aws:ssm:us-east-1:111122223333:parameter/a/*"),
		decryption("DecryptParameters2", "arn:aws:kms:us-east-1:111122223333:key/* arn:aws:kms:us-east-1:999988887777:key/*", "ssm.us-east-1", "PARAMETER_ARN", "arn:aws:ssm:us-east-1:111122223333:parameter/a/*", "alias/app", "alias/theirs"),
		decryption("DecryptSecrets", "arn:aws:kms:us-east-1:111122223333:key/"+id, "secretsmanager.us-east-1", "SecretARN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:s-??????"),
		decryption("DecryptSecrets2", "arn:aws:kms:us-east-1:111122223333:key/* arn:aws:kms:us-east-1:999988887777:key/*", "secretsmanager.us-east-1", "SecretARN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:s-??????", "alias/app", "alias/theirs"),
		decryption("DecryptParameters3", "arn:aws:kms:eu-west-1:111122223333:key/"+id+" arn:aws:kms:eu-west-1:444455556666:key/"+id, "ssm.eu-west-1", "PARAMETER_ARN", "arn:aws:ssm:eu-west-1:444455556666:parameter/x"),
		decryption("DecryptParameters4", "arn:aws:kms:eu-west-1:111122223333:key/*", "ssm.eu-west-1", "PARAMETER_ARN", "arn:aws:ssm:eu-west-1:444455556666:parameter/x", "alias/app"),
	}
	for i, w := range want {
		if i >= len(p.Statement) || !reflect.DeepEqual(p.Statement[i], w) {
			t.Fatalf("statement %d of %d:\n%+v\nwant\n%+v", i, len(p.Statement), p.Statement[min(i, len(p.Statement)-1)], w)
		}
	}
	if len(p.Statement) != len(want) {
		t.Errorf("%d statements, want %d", len(p.Statement), len(want))
	}
	for _, bad := range []string{"", "app", "alias/", "arn:aws:ssm:us-east-1:1:x", "alias/*", id + "*"} {
		if _, err := policyFor(r, IAMOptions{Keys: []string{bad}}); err == nil {
			t.Errorf("key %q is taken", bad)
		}
	}
}

func decryption(sid, keys, via, contextKey, context string, aliases ...string) IAMStatement {
	s := IAMStatement{sid, "Allow", []string{"kms:Decrypt"}, strings.Fields(keys), map[string]map[string][]string{
		"StringEquals": {"kms:ViaService": {via + ".amazonaws.com"}},
		"StringLike":   {"kms:EncryptionContext:" + contextKey: {context}},
	}}
	if len(aliases) > 0 {
		s.Condition["ForAnyValue:StringEquals"] = map[string][]string{"kms:ResourceAliases": aliases}
	}
	return s
}

// TestIAMPolicyPartitions: every partition has its own ARNs; what is not known is a word to replace.
func TestIAMPolicyPartitions(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"cn-north-1": "arn:aws-cn:ssm:cn-north-1:", "us-gov-west-1": "arn:aws-us-gov:ssm:us-gov-west-1:", "us-iso-east-1": "arn:aws-iso:ssm:us-iso-east-1:",
		"us-isob-east-1": "arn:aws-iso-b:ssm:us-isob-east-1:", "eu-isoe-west-1": "arn:aws-iso-e:ssm:eu-isoe-west-1:", "us-isof-south-1": "arn:aws-iso-f:ssm:us-isof-south-1:",
		"eusc-de-east-1": "arn:aws-eusc:ssm:eusc-de-east-1:", "ap-southeast-2": "arn:aws:ssm:ap-southeast-2:", "": "arn:aws:ssm:REGION:",
	} {
		p := policyOf(t, Request{Paths: []string{"/"}}, IAMOptions{Region: region, Keys: []string{"alias/app"}})
		if got := p.Statement[0].Resource[0]; got != want+"ACCOUNT:parameter/" {
			t.Errorf("%s: %s", region, got)
		}
		via := p.Statement[1].Condition["StringEquals"]["kms:ViaService"]
		if (region == "cn-north-1") != slices.Contains(via, "ssm.cn-north-1.amazonaws.com.cn") {
			t.Errorf("%s: %v", region, via)
		}
	}
}

// TestIAMPolicyForms: the JSON and the Terraform form say the same.
func TestIAMPolicyForms(t *testing.T) {
	t.Parallel()
	r := Request{Paths: []string{"/a", "/b"}, Refs: refs(t, "/aws/reference/secretsmanager/s")}
	p := policyOf(t, r, IAMOptions{Region: "us-east-1", Account: "111122223333", Keys: []string{"alias/app", "mrk-1234abcd12ab34cd56ef1234567890ab"}})
	text, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var again IAMPolicy
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(&again, p) {
		t.Errorf("%+v, %v", again, err)
	}
	if got := readTerraform(t, p.Terraform()); !reflect.DeepEqual(got, p.Statement) {
		t.Errorf("Terraform has %+v\nwant %+v", got, p.Statement)
	}
	if got := HCLString(`a"${b}\%{c}`); got != `"a\"$${b}\\%%{c}"` {
		t.Error(got)
	}
}

// readTerraform reads the data source as Terraform's own parser does.
func readTerraform(t *testing.T, text []byte) (list []IAMStatement) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig(text, "policy.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, text)
	}
	data := file.Body.(*hclsyntax.Body).Blocks[0]
	if !slices.Equal(append([]string{data.Type}, data.Labels...), []string{"data", "aws_iam_policy_document", "tsboot"}) {
		t.Fatalf("%s %v", data.Type, data.Labels)
	}
	for _, block := range data.Body.Blocks {
		s := IAMStatement{
			Sid: attribute(t, block, "sid")[0], Effect: attribute(t, block, "effect")[0],
			Action: attribute(t, block, "actions"), Resource: attribute(t, block, "resources"),
		}
		for _, c := range block.Body.Blocks {
			test, variable := attribute(t, c, "test")[0], attribute(t, c, "variable")[0]
			if s.Condition == nil {
				s.Condition = map[string]map[string][]string{}
			}
			s.Condition[test] = map[string][]string{variable: attribute(t, c, "values")}
		}
		list = append(list, s)
	}
	return list
}

func attribute(t *testing.T, block *hclsyntax.Block, name string) (texts []string) {
	t.Helper()
	a := block.Body.Attributes[name]
	if a == nil {
		t.Fatalf("%s has no %s", block.Type, name)
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if v.Type() == cty.String {
		return []string{v.AsString()}
	}
	for _, item := range v.AsValueSlice() {
		texts = append(texts, item.AsString())
	}
	return texts
}
