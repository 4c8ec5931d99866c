package ssm

import (
	"errors"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/secrets"
)

func TestParseRef(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   string
		want Ref
	}{
		{"/app/prod/DB_Password", Ref{Name: "db-password", ID: "/app/prod/DB_Password"}},
		{"plain", Ref{Name: "plain", ID: "plain"}},
		{"X.y=/a/b", Ref{Name: "x-y", ID: "/a/b"}},
		{"/a/b:12", Ref{Name: "b", ID: "/a/b:12"}},
		{"/a/b:stable", Ref{Name: "b", ID: "/a/b:stable"}},
		{"arn:aws:ssm:us-east-1:111122223333:parameter/a/b", Ref{Name: "b", ID: "arn:aws:ssm:us-east-1:111122223333:parameter/a/b", Region: "us-east-1"}},
		{"n=arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter/a/b:3", Ref{Name: "n", ID: "arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter/a/b:3", Region: "us-gov-west-1"}},
		{"arn:aws-cn:ssm:cn-north-1:111122223333:parameter/x", Ref{Name: "x", ID: "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/x", Region: "cn-north-1"}},
		{"arn:aws-iso-b:ssm:us-isob-east-1:111122223333:parameter/x", Ref{Name: "x", ID: "arn:aws-iso-b:ssm:us-isob-east-1:111122223333:parameter/x", Region: "us-isob-east-1"}},
		{"arn:aws-eusc:ssm:eusc-de-east-1:111122223333:parameter/x", Ref{Name: "x", ID: "arn:aws-eusc:ssm:eusc-de-east-1:111122223333:parameter/x", Region: "eusc-de-east-1"}},
		{"/aws/reference/secretsmanager/team/db", Ref{Name: "db", ID: "/aws/reference/secretsmanager/team/db"}},
		{"/aws/reference/secretsmanager/a=b#c", Ref{Name: "c", ID: "/aws/reference/secretsmanager/a=b", Key: "c"}},
		{"p=/aws/reference/secretsmanager/db#pass=word#1", Ref{Name: "p", ID: "/aws/reference/secretsmanager/db", Key: "pass=word#1"}},
		{"/a/json#Some_Key", Ref{Name: "some-key", ID: "/a/json", Key: "Some_Key"}},
	} {
		got, err := ParseRef(test.in)
		if err != nil || got != test.want {
			t.Errorf("ParseRef(%q) = %+v, %v; want %+v", test.in, got, err, test.want)
		}
	}
}

func TestBadRefs(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "=", "=/a", "x=", "a b", "/a//b", "/a/", "//a", "/a:", "/a:0", "/a:9x", "/a:aws:1", "/a#", "#k", "na me=/a", "/a/" + strings.Repeat("b/", 15) + "c",
		"arn:", "arn:aws:ssm", "arn:aws:ssm:us-east-1:111122223333:document/x", "arn:aws:s3:us-east-1:111122223333:parameter/x",
		"arn:aws:ssm:us-east-1a:111122223333:parameter/x", "arn:aws:ssm:us-east-1:1111:parameter/x", "arn:AWS:ssm:us-east-1:111122223333:parameter/x",
		"arn:aws:ssm:us-east-1:111122223333:parameter/", "/aws/reference/secretsmanager/", "/aws/reference/secretsmanager/a b", "ssm:///a",
	} {
		r, err := ParseRef(in)
		if err == nil {
			t.Errorf("ParseRef(%q) = %+v", in, r)
			continue
		}
		want(t, err, CodeBadReference, secrets.Usage)
	}
	_, err := ParseRef("arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf")
	want(t, err, CodeBadReference, secrets.Usage, "write /aws/reference/secretsmanager/")
}

func TestParseEnvRef(t *testing.T) {
	t.Parallel()
	for in, id := range map[string]string{"ssm:///a/b": "/a/b", "ssm://plain": "plain", "ssm:///a/b:3": "/a/b:3", "ssm:///a#k": "/a", "/a/b": "", "": "", "SSM:///a": "", "xssm:///a": ""} {
		r, isRef, err := ParseEnvRef(in)
		if err != nil || isRef != (id != "") || r.ID != id {
			t.Errorf("ParseEnvRef(%q) = %+v, %v, %v", in, r, isRef, err)
		}
	}
	if _, isRef, err := ParseEnvRef("ssm://x=/a"); err == nil || !isRef {
		t.Errorf("a reference with a name: %v, %v", isRef, err)
	}
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"n=/a/b:3#k", "arn:aws:ssm:us-east-1:111122223333:parameter/a/b", "/aws/reference/secretsmanager/db#k", "a:b:c", "\xff=#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRef(s)
		if err != nil {
			var e *secrets.Error
			if !errors.As(err, &e) || e.Kind != secrets.Usage {
				t.Fatalf("error %v", err)
			}
			return
		}
		if r.ID == "" || r.Name != secrets.NormalizeName(r.Name) || (r.Region != "") != strings.HasPrefix(r.ID, "arn:") {
			t.Fatalf("%q is %+v", s, r)
		}
		again, err := ParseRef(r.String())
		if err != nil || again.ID != r.ID || again.Key != r.Key || again.Region != r.Region {
			t.Fatalf("%q reads again as %+v, %v; want %+v", r.String(), again, err, r)
		}
	})
}

func TestBatches(t *testing.T) {
	t.Parallel()
	var list []Ref
	for _, id := range strings.Fields("/a /b /c:1 /c:2 /c:3 /d /e /f /g /h /i /j /k /a /l /c:1") {
		list = append(list, Ref{ID: id})
	}
	asked := map[string]int{}
	for _, b := range batches(list) {
		bases := map[string]bool{}
		if len(b) > pageSize {
			t.Errorf("a call asks for %d", len(b))
		}
		for _, r := range b {
			asked[r.ID]++
			if bases[bareName(r.ID)] {
				t.Errorf("a call asks for %s twice", r.ID)
			}
			bases[bareName(r.ID)] = true
		}
	}
	if len(asked) != 14 || len(batches(list)) != 3 {
		t.Errorf("%v in %d calls", asked, len(batches(list)))
	}
}
