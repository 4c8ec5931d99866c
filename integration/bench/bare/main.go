// Command bare is what tsboot is measured against: the least program that makes the same SDK call, puts what it got
// into the environment and becomes the command.
//
//	bare PATH COMMAND [ARG...]
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, parameters string, argv []string) error {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	pages := ssm.NewGetParametersByPathPaginator(ssm.NewFromConfig(settings), &ssm.GetParametersByPathInput{
		Path: &parameters, Recursive: aws.Bool(true), WithDecryption: aws.Bool(true), MaxResults: aws.Int32(10),
	})
	environ := os.Environ()
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.Parameters {
			name := strings.ToUpper(strings.ReplaceAll(path.Base(*p.Name), "-", "_"))
			environ = append(environ, name+"="+*p.Value)
		}
	}
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	return syscall.Exec(program, argv, environ)
}
