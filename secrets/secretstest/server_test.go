package secretstest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

func start(t *testing.T) *secretstest.Server {
	t.Helper()
	s, err := secretstest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// client has a deadline and no connection that outlives a request.
func client() *http.Client {
	return &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}

// ask posts one operation and returns status and answer.
func ask(t *testing.T, s *secretstest.Server, op string, in any) (int, map[string]any, error) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest("POST", s.URL()+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonSSM."+op)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	resp, err := client().Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, nil, err
	}
	out := map[string]any{}
	if json.Unmarshal(data, &out) != nil {
		out["text"] = string(data)
	}
	return resp.StatusCode, out, nil
}

func names(out map[string]any) string {
	var list []string
	parameters, _ := out["Parameters"].([]any)
	for _, p := range parameters {
		list = append(list, fmt.Sprint(p.(map[string]any)["Name"]))
	}
	return strings.Join(list, " ")
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t)
	for i := range 20 {
		s.Put(fmt.Sprintf("/a/prod/p%02d", i), "v")
	}
	s.Put("/a/production/p", "v")
	s.Put("/a/prod", "v")
	token, sizes := "", []int{}
	for {
		_, out, err := ask(t, s, "GetParametersByPath", map[string]any{"Path": "/a/prod", "Recursive": true, "MaxResults": 10, "NextToken": token})
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(out["Parameters"].([]any)))
		var more bool
		if token, more = out["NextToken"].(string); !more {
			break
		}
	}
	if got := fmt.Sprint(sizes); got != "[10 10]" {
		t.Errorf("page sizes %s, want [10 10]: an exact multiple has no empty last page", got)
	}
}

func TestStrictness(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.Put("/a/b", "v")
	s.Put("/a/c/d", "v")
	s.Put("/a/x", "elsewhere", secretstest.Region("eu-west-1"))
	for _, test := range []struct {
		op   string
		in   map[string]any
		want string
	}{
		{"GetParametersByPath", map[string]any{"Path": "a"}, "ValidationException"},
		{"GetParametersByPath", map[string]any{"Path": "/a", "MaxResults": 11}, "ValidationException"},
		{"GetParametersByPath", map[string]any{"Path": "/a", "MaxResults": 0}, "ValidationException"},
		{"GetParametersByPath", map[string]any{"Path": "/a", "NextToken": "garbage"}, "InvalidNextToken"},
		{"GetParametersByPath", map[string]any{"Path": "/a"}, "/a/b"},
		{"GetParametersByPath", map[string]any{"Path": "/a/", "Recursive": true}, "/a/b /a/c/d"},
		{"GetParameter", map[string]any{"Name": "/a/x"}, "ParameterNotFound"},
		{"GetParameter", map[string]any{"Name": "/a/b:7"}, "ParameterVersionNotFound"},
		{"GetParameter", map[string]any{"Name": "/aws/reference/secretsmanager/s"}, "ValidationException"},
		{"GetParameters", map[string]any{"Names": strings.Split("1 2 3 4 5 6 7 8 9 10 11", " ")}, "ValidationException"},
		{"GetParameters", map[string]any{"Names": []string{"/a/b", "/a/b"}}, "ValidationException"},
		{"GetParameters", map[string]any{"Names": []string{"/a/b:1", "/a/b"}}, "ValidationException"},
		{"GetParameters", map[string]any{"Names": []string{"/a/b", "arn:aws:ssm:us-east-1:111122223333:parameter/a/b"}}, "ValidationException"},
		{"LabelParameterVersion", map[string]any{}, "UnknownOperationException"},
	} {
		_, out, err := ask(t, s, test.op, test.in)
		if err != nil {
			t.Fatal(err)
		}
		got := names(out)
		if code, ok := out["__type"].(string); ok {
			got = code
		}
		if got != test.want {
			t.Errorf("%s %v: %s, want %s", test.op, test.in, got, test.want)
		}
	}
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.Put("/a/b", "one", secretstest.Label("stable"))
	s.Put("/a/b", "two")
	s.PutSecret("db", `{"user":"u"}`)
	arn := "arn:aws:ssm:us-east-1:444455556666:parameter/a/b"
	for ref, want := range map[string]string{
		"/a/b": "two", "/a/b:1": "one", "/a/b:stable": "one", arn: "two", arn + ":1": "one",
		"/aws/reference/secretsmanager/db": `{"user":"u"}`,
	} {
		_, out, err := ask(t, s, "GetParameter", map[string]any{"Name": ref, "WithDecryption": true})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := out["Parameter"].(map[string]any)
		if p["Value"] != want {
			t.Errorf("%s: %v, want %q", ref, out, want)
		}
	}
	_, out, err := ask(t, s, "GetParameter", map[string]any{"Name": "/a/b"})
	if err != nil {
		t.Fatal(err)
	}
	if v := fmt.Sprint(out["Parameter"].(map[string]any)["Value"]); strings.Contains(v, "two") || v == "" {
		t.Errorf("value without decryption: %q, want ciphertext", v)
	}
}

func TestFaultsOverHTTP(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.Put("/a/b", "v")
	post := func(what, body string) {
		t.Helper()
		resp, err := client().Post(s.URL()+"/_secretstest/"+what, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 {
			t.Fatalf("%s: %s", what, text)
		}
	}
	post("put", `[{"name":"/a/c","value":"w","type":"String"}]`)
	post("faults", `[{"kind":"throttle","times":2},{"kind":"html","status":502},{"kind":"slow","delay":"1ms"}]`)
	var got []string
	for range 5 {
		status, out, err := ask(t, s, "GetParametersByPath", map[string]any{"Path": "/a"})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(status, out["__type"], len(names(out))))
	}
	want := "[400ThrottlingException0 400ThrottlingException0 502<nil>0 200<nil>9 200<nil>9]"
	if s := strings.ReplaceAll(fmt.Sprint(got), " ", ""); s != strings.ReplaceAll(want, " ", "") {
		t.Errorf("answers %s\nwant    %s", s, want)
	}
	if n := len(s.Calls("GetParametersByPath")); n != 5 {
		t.Errorf("%d calls recorded, want 5", n)
	}
}

// Every kind of fault answers or breaks the connection, and wears off.
func TestEveryFaultEnds(t *testing.T) {
	t.Parallel()
	for _, kind := range secretstest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.Put("/a/b", "v")
			f := secretstest.Fault{Kind: kind, Code: "X", Delay: secretstest.Duration(time.Millisecond)}
			if kind == secretstest.Hang || kind == secretstest.HangBody {
				time.AfterFunc(50*time.Millisecond, s.Close)
				s.Script(f)
				if _, _, err := ask(t, s, "GetParametersByPath", map[string]any{"Path": "/a"}); err == nil {
					t.Error("a hanging request got an answer")
				}
				return
			}
			s.Script(f)
			_, _, _ = ask(t, s, "GetParametersByPath", map[string]any{"Path": "/a"})
			_, out, err := ask(t, s, "GetParametersByPath", map[string]any{"Path": "/a"})
			if err != nil || names(out) != "/a/b" {
				t.Errorf("after the fault: %v %v", out, err)
			}
		})
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	b := secretstest.NewBucket(10, 2)
	now := time.Unix(0, 0)
	var got string
	for range 5 {
		for range 3 {
			got += map[bool]string{true: "y", false: "n"}[b.Take(now)]
		}
		now = now.Add(100 * time.Millisecond)
	}
	if got != "yynynnynnynnynn" {
		t.Errorf("taken %s", got)
	}
}
