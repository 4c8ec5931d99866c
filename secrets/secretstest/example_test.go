package secretstest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// A client of the SDK reads two parameters, although the first call is throttled.
func Example() {
	server, err := secretstest.Start("")
	if err != nil {
		panic(err)
	}
	defer server.Close()
	server.Put("/app/prod/password", "not-a-real-one") // a SecureString
	server.Put("/app/prod/log-level", "debug", secretstest.Type(secretstest.TypeString))
	server.Script(secretstest.Fault{Kind: secretstest.Throttle}) // the first call; the SDK asks again

	client := ssm.New(ssm.Options{
		Region:       secretstest.DefaultRegion,
		BaseEndpoint: aws.String(server.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider("any", "any", ""),
	})
	answer, err := client.GetParametersByPath(context.Background(), &ssm.GetParametersByPathInput{
		Path: aws.String("/app/prod"), Recursive: aws.Bool(true), WithDecryption: aws.Bool(true),
	})
	if err != nil {
		panic(err)
	}
	for _, p := range answer.Parameters {
		fmt.Println(*p.Name, p.Type, *p.Value)
	}
	for _, call := range server.Calls("GetParametersByPath") {
		fmt.Printf("asked with the fault %q\n", call.Fault)
	}
	// Output:
	// /app/prod/log-level String debug
	// /app/prod/password SecureString not-a-real-one
	// asked with the fault "throttle"
	// asked with the fault ""
}

// A program under test finds the server by variables of the SDK.
func ExampleServer_Env() {
	server, err := secretstest.Start("")
	if err != nil {
		panic(err)
	}
	defer server.Close()

	cmd := exec.Command("printenv", "AWS_REGION", "AWS_ACCESS_KEY_ID") // the program under test
	cmd.Env = append(os.Environ(), server.Env()...)
	out, err := cmd.Output()
	fmt.Printf("%s%v\n", out, err)
	// Output:
	// us-east-1
	// AKIAIOSFODNN7EXAMPLE
	// <nil>
}

// An outage lasts until the test ends it.
func ExampleServer_Script() {
	server, err := secretstest.Start("")
	if err != nil {
		panic(err)
	}
	defer server.Close()
	server.Put("/app/prod/password", "not-a-real-one")
	server.Script(secretstest.Fault{Kind: secretstest.ServerError, Status: 503, Times: secretstest.Forever})

	client := ssm.New(ssm.Options{
		Region:           secretstest.DefaultRegion,
		BaseEndpoint:     aws.String(server.URL()),
		Credentials:      credentials.NewStaticCredentialsProvider("any", "any", ""),
		RetryMaxAttempts: 1,
	})
	get := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/app/prod/password")})
		return err
	}
	fmt.Println("in the outage:", get() != nil)
	server.ClearFaults()
	fmt.Println("after it:", get())
	// Output:
	// in the outage: true
	// after it: <nil>
}
