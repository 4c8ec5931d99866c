package manifest_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/manifest"
)

// matches says whether a pattern of IAM covers a text: * is any letters, also slashes, ? is one.
func matches(pattern, text string) bool {
	quoted := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("^(?s:" + quoted + ")$").MatchString(text)
}

// TestSiblings: what is allowed for a path covers neither its siblings nor what is above it, by resource or by key.
func TestSiblings(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*manifest.Options){
		"path":  func(*manifest.Options) {},
		"names": func(o *manifest.Options) { o.Boot.Sources.Fetch = boot.FetchByName },
		"label": func(o *manifest.Options) { o.Boot.Sources.Label = "live" },
		"one parameter": func(o *manifest.Options) {
			o.Boot.Sources.Paths, o.Boot.Sources.Parameters = nil, []string{"/snmpd/prod/user", "arn:aws:ssm:eu-west-1:999988887777:parameter/snmpd/prod/key"}
		},
	} {
		for _, kind := range []string{"ecs", "ecs-daemon", "fargate"} {
			o := deployment("snmpd")
			o.Boot.Sources.Region, o.Account, o.Keys = "eu-west-1", "111122223333", []string{"alias/mine"}
			change(&o)
			statements := document(t, kind, o).TaskRole.PolicyDocument.Statement
			if len(statements) < 2 {
				t.Errorf("%s, %s: %+v", kind, name, statements)
			}
			for _, s := range statements {
				patterns := append(words{}, s.Condition["StringLike"]["kms:EncryptionContext:PARAMETER_ARN"]...)
				if s.Action[0] != "kms:Decrypt" {
					patterns = append(patterns, s.Resource...)
				}
				if len(patterns) == 0 {
					t.Errorf("%s, %s: %s is not bound to parameters", kind, name, s.Sid)
				}
				for _, other := range []string{"/snmpd/production", "/snmpd/production/user", "/snmpd/prod-2/user", "/snmpd", "/snmpd/user", "/snmpd/prod/user2", "/other"} {
					for _, pattern := range patterns {
						below := strings.HasPrefix(other, "/snmpd/prod/") // of a path all is read that is below it
						if matches(pattern, "arn:aws:ssm:eu-west-1:111122223333:parameter"+other) && (!below || name == "one parameter") {
							t.Errorf("%s, %s: %s covers %s", kind, name, pattern, other)
						}
					}
				}
			}
		}
	}
}

// TestNothingMoreIsAllowed: the actions of both roles are these; nothing of ECS Exec is among them.
func TestNothingMoreIsAllowed(t *testing.T) {
	t.Parallel()
	known := map[string]bool{
		"ssm:GetParametersByPath": true, "ssm:GetParameters": true, "kms:Decrypt": true,
		"logs:CreateLogGroup": false, "logs:CreateLogStream": false, "logs:PutLogEvents": false,
		"ecr:BatchCheckLayerAvailability": false, "ecr:BatchGetImage": false, "ecr:GetDownloadUrlForLayer": false, "ecr:GetAuthorizationToken": false,
	}
	everyProfile(t, func(t *testing.T, name string) {
		d := document(t, "ecs", deployment(name))
		for _, r := range []struct {
			*policy
			task bool
		}{{d.TaskRole.PolicyDocument, true}, {d.ExecutionRole.PolicyDocument, false}} {
			for _, s := range r.Statement {
				for _, action := range s.Action {
					if task, ok := known[action]; !ok || task != r.task {
						t.Errorf("%s: %s in the wrong role, or in any", s.Sid, action)
					}
				}
			}
		}
	})
}
