package faults

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// containerRows: the endpoint that gives a task or pod its credentials. It is local, so that it is asked again soon,
// and its faults are never taken for Parameter Store's.
func containerRows() []row {
	asked := func(least, most int) map[string]atLeastMost {
		return map[string]atLeastMost{secretstest.OpCredentials: {least, most}}
	}
	// passing is a fault that ends: so many questions, and then the boot.
	passing := func(name string, questions int, f secretstest.Fault) row {
		return row{name: name, env: containerEnv(), faults: at(secretstest.OpCredentials, f), other: asked(questions, questions), calls: exactly(1), says: []string{"retrying", "AWS credentials", "credentials-endpoint"}}
	}
	// lasting is one that does not: the deadline, and a message that names the endpoint.
	lasting := func(name string, f secretstest.Fault, words ...string) row {
		f.Times = forever
		return row{name: name, env: containerEnv(), faults: at(secretstest.OpCredentials, f), timeout: "2s", code: 69, other: asked(2, 20),
			says: append(words, "get AWS credentials", "the credentials endpoint http://127.0.0.1:", "the agent on this host", "[credentials-endpoint]")}
	}
	refused := func(name string, f secretstest.Fault, words ...string) row {
		f.Times = forever
		return row{name: name, env: containerEnv(), faults: at(secretstest.OpCredentials, f), code: 77, other: asked(1, 1), says: append(words, "the credentials endpoint", "[credentials-refused]")}
	}
	slow := passing("slow", 1, secretstest.Fault{Kind: secretstest.Slow, Delay: ms(1500)})
	slow.says = nil
	hangs := lasting("hangs for ever", secretstest.Fault{Kind: secretstest.Hang}, "no answer in time")
	hangs.other = asked(1, 3)
	return []row{
		{name: "healthy", env: containerEnv(), other: asked(1, 1), calls: exactly(1), says: []string{"fetched parameters", "container credentials endpoint"}},
		passing("404 in the task's first seconds", 4, secretstest.Fault{Kind: secretstest.HTML, Status: 404, Times: 3}),
		lasting("404 for ever", secretstest.Fault{Kind: secretstest.HTML, Status: 404}, "HTTP 404 Not Found"),
		slow,
		passing("hangs once", 2, secretstest.Fault{Kind: secretstest.Hang}),
		hangs,
		passing("cut JSON that holds the key", 2, secretstest.Fault{Kind: secretstest.Raw, Body: `{"AccessKeyId":"A","SecretAccessKey":"` + roleKey + `","Token":"`}),
		passing("JSON of the wrong type that holds the key", 2, secretstest.Fault{Kind: secretstest.Raw, Body: `{"AccessKeyId":"A","SecretAccessKey":["` + roleKey + `"]}`}),
		passing("an unreadable time that holds the key", 2, secretstest.Fault{Kind: secretstest.Raw, Body: `{"AccessKeyId":"A","SecretAccessKey":"x","Token":"t","Expiration":"` + roleKey + `"}`}),
		refused("refuses", secretstest.Fault{Kind: secretstest.Raw, Status: 403, Body: `{"code":"AccessDenied","message":"no trust"}`}, "HTTP 403 Forbidden", "trust policy"),
		{name: "nobody there", env: append(containerEnv(), "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://"+closedPort+"/v2/credentials/the-key-to-the-credentials"), timeout: "1s", code: 69, says: []string{"connection refused", "the credentials endpoint http://127.0.0.1:1/v2/credentials/...", "[credentials-endpoint]"}, never: []string{"the-key-to-the-credentials"}},
		{name: "expire half-way", env: containerEnv(), prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.ExpiredToken, After: 1}}, calls: exactly(4), other: asked(2, 2), check: renewed},
		{name: "are always expired", env: containerEnv(), faults: fault(secretstest.ExpiredToken, forever), code: 77, calls: exactly(3), other: asked(3, 3), says: []string{"ExpiredTokenException", "[expired-token]"}},
		{name: "the token file is missing", env: containerEnv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/no/such/token"), code: 77, says: []string{"/no/such/token", "[credentials-refused]"}},
		{name: "credentials and Parameter Store fail in turn", env: containerEnv(), faults: append(at(secretstest.OpCredentials, secretstest.Fault{Kind: secretstest.ServerError}), secretstest.Fault{Kind: secretstest.ServerError}), calls: exactly(2), other: asked(2, 2)},
	}
}

// credentialRows: every other way to get credentials, or none.
func credentialRows() []row {
	imds := func(least, most int) map[string]atLeastMost {
		return map[string]atLeastMost{secretstest.OpIMDS: {least, most}}
	}
	asked := map[string]atLeastMost{secretstest.OpTask: {0, 1}} // for the identity, as far as it answers in time
	role := func(e *env) { e.store.SetInstanceRole("node") }
	task := "ECS_CONTAINER_METADATA_URI_V4=%URL%/_secretstest/v4/0123456789abcdef"
	and := func(one, other map[string]atLeastMost) map[string]atLeastMost {
		maps.Copy(one, other)
		return one
	}
	return []row{
		{name: "none at all", env: withoutKeys, code: 77, says: []string{"no variable names credentials", "taskRoleArn", "[no-credentials]"}},
		{name: "half a key", env: []string{"AWS_SECRET_ACCESS_KEY"}, code: 77, says: []string{"set AWS_SECRET_ACCESS_KEY too", "[no-credentials]"}},
		{name: "the other half", env: []string{"AWS_ACCESS_KEY_ID"}, code: 77, says: []string{"set AWS_ACCESS_KEY_ID too", "[no-credentials]"}},
		{name: "a task without a role", env: append([]string{task}, withoutKeys...), code: 77, other: asked, says: []string{"taskRoleArn", "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true", "[no-credentials]"}},
		{name: "an instance without a role", env: instanceEnv(), code: 77, other: imds(1, 6), says: []string{"the instance has no role", "[no-credentials]"}},
		{name: "an instance role", env: instanceEnv(), prepare: role, calls: exactly(1), other: imds(2, 6), says: []string{"fetched parameters", "instance role"}},
		{name: "an instance role inside a task", env: instanceEnv(task), prepare: role, calls: exactly(1), other: and(imds(2, 6), asked), says: []string{"[WARN]", "instance role", "no role of its own"}},
		{name: "instance metadata fails twice", env: instanceEnv(), prepare: role, faults: at(secretstest.OpIMDS, secretstest.Fault{Kind: secretstest.ServerError, After: 1, Times: 2}), calls: exactly(1), other: imds(4, 12), says: []string{"retrying", "the instance metadata service answered HTTP 500"}},
		{name: "instance metadata fails for ever", env: instanceEnv(), prepare: role, faults: at(secretstest.OpIMDS, secretstest.Fault{Kind: secretstest.ServerError, After: 1, Times: forever}), timeout: "2s", code: 69, other: imds(3, 40), says: []string{"the instance metadata service answered HTTP 500", "[credentials-endpoint]"}},
		{name: "no instance metadata", env: instanceEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT=http://" + closedPort), code: 77, says: []string{"there is no instance metadata service", "[no-credentials]"}},
		{name: "instance metadata forbids", env: instanceEnv(), faults: at(secretstest.OpIMDS, secretstest.Fault{Kind: secretstest.HTML, Status: 403, Times: forever}), code: 77, other: imds(1, 6), says: []string{"HTTP 403", "[no-credentials]"}},
		{name: "the region from the task", env: []string{"AWS_REGION", task}, calls: exactly(1), other: map[string]atLeastMost{secretstest.OpTask: exactly(1)}, says: []string{"fetched parameters", "region_source=\"the task's ARN\""}},
		{name: "task metadata fails twice", env: []string{"AWS_REGION", task}, faults: at(secretstest.OpTask, secretstest.Fault{Kind: secretstest.ServerError, Times: 2}), calls: exactly(1), other: map[string]atLeastMost{secretstest.OpTask: exactly(3)}},
		{name: "the region from the instance", env: instanceEnv("AWS_REGION"), prepare: role, calls: exactly(1), other: imds(3, 9), says: []string{"fetched parameters", "region_source=\"the instance\""}},
		{name: "a web identity without its token", env: append([]string{"AWS_ROLE_ARN=arn:aws:iam::111122223333:role/pod", "AWS_WEB_IDENTITY_TOKEN_FILE=/no/such/token"}, withoutKeys...), code: 77, says: []string{"/no/such/token", "[credentials-refused]"}},
		{name: "a web identity that STS refuses", prepare: webIdentity, env: append([]string{"AWS_ROLE_ARN=arn:aws:iam::111122223333:role/pod"}, withoutKeys...), faults: at(secretstest.OpSTS, secretstest.Fault{Kind: secretstest.Raw, Status: 403, Times: forever, Body: stsDenied}), code: 77, other: map[string]atLeastMost{secretstest.OpSTS: exactly(1)}, says: []string{"AccessDenied", "trust policy", "[credentials-refused]"}, never: []string{webToken}},
		{name: "STS is down", prepare: webIdentity, env: append([]string{"AWS_ROLE_ARN=arn:aws:iam::111122223333:role/pod"}, withoutKeys...), faults: at(secretstest.OpSTS, secretstest.Fault{Kind: secretstest.HTML, Times: forever}), timeout: "2s", code: 69, other: map[string]atLeastMost{secretstest.OpSTS: {2, 20}}, says: []string{"get AWS credentials", "HTTP 503", "[credentials-endpoint]"}, never: []string{webToken}},
	}
}

const webToken = "web-identity-token-4711"

const stsDenied = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>` +
	`<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>`

func webIdentity(e *env) {
	file := filepath.Join(e.t.TempDir(), "token")
	e.write(file, webToken)
	e.set("AWS_WEB_IDENTITY_TOKEN_FILE", file)
}

// renewed checks that the call after the refused one was signed with a new key.
func renewed(t *testing.T, e *env) {
	t.Helper()
	calls := e.store.Calls("GetParametersByPath")
	if len(calls) < 3 {
		return // that was said already
	}
	if calls[0].AccessKeyID != calls[1].AccessKeyID || calls[1].AccessKeyID == calls[2].AccessKeyID {
		t.Errorf("keys %s, %s, %s: want a new one for the third call", calls[0].AccessKeyID, calls[1].AccessKeyID, calls[2].AccessKeyID)
	}
}
