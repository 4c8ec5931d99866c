package ssm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/tsboot/tsboot/secrets"
)

// metadataTime limits the search for the region on this host, all tries together.
const metadataTime = 5 * time.Second

// regionPattern matches every region of every partition, and no zone.
var regionPattern = secrets.LazyRegexp(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)

// nameRegion takes the region of the flag or the environment.
func (s *session) nameRegion() error {
	if err := s.useRegion(s.options.Region, cmp.Or(s.options.RegionFrom, "--region")); err != nil || s.region != "" {
		return err
	}
	if err := s.useRegion(s.env.get("AWS_REGION"), "AWS_REGION"); err != nil || s.region != "" {
		return err
	}
	return s.useRegion(s.env.get("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION")
}

// useRegion sets the region and its source.
func (s *session) useRegion(region, source string) error {
	if region == "" {
		return nil
	}
	if !regionPattern().MatchString(region) {
		return badRegion(region, source)
	}
	s.region, s.regionSource = region, source
	return nil
}

func badRegion(region, source string) error {
	e := newError(CodeBadRegion, "use region", fmt.Sprintf("%q", region), "no region has that name; it comes from "+source)
	e.Fix = "correct " + source
	return e
}

// askRegion finds the region if neither flag nor environment names it: in the
// shared config file, the task's ARN, the instance. It does not use the
// availability zone: the name of a local zone is not its region and a letter.
func (s *session) askRegion(ctx context.Context) error {
	if s.config.Region != "" {
		return s.useRegion(s.config.Region, "the shared config file")
	}
	var taskErr error
	if base := s.env.get(taskMetadata); base != "" {
		var region string
		if region, taskErr = s.taskRegion(ctx, base); taskErr == nil {
			return s.useRegion(region, "the task's ARN")
		}
		if ctx.Err() != nil || final(taskErr) {
			return taskErr
		}
	}
	region, err := s.instanceRegion(ctx)
	if err == nil {
		return s.useRegion(region, "the instance")
	}
	if ctx.Err() != nil || final(err) {
		return err
	}
	return s.noRegion(taskErr, err)
}

func (s *session) noRegion(taskErr, instanceErr error) error {
	detail := "none of --region, AWS_REGION, AWS_DEFAULT_REGION is set; the shared config file names none"
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if s.env.isEmpty(name) {
			detail += "; " + name + " is set but empty"
		}
	}
	if taskErr == nil {
		detail += "; task metadata: " + taskMetadata + " is not set"
	} else {
		detail += "; task metadata: " + metadataAnswer(taskErr)
	}
	detail += "; instance metadata: " + metadataAnswer(instanceErr)
	e := newError(CodeNoRegion, "find the region", "", detail)
	e.Err = instanceErr
	return e
}

// final says whether an error of a metadata endpoint ends the search for the
// region.
func final(err error) bool {
	var e *secrets.Error
	return errors.As(err, &e) && (e.Code == CodeAnswerTooLarge || e.Code == CodeAWSConfig)
}

func metadataAnswer(err error) string {
	if e, ok := err.(*secrets.Error); ok {
		return e.Detail
	}
	return oneLine(err.Error())
}

// taskRegion takes the region from the ARN of the ECS task.
func (s *session) taskRegion(ctx context.Context, base string) (region string, err error) {
	if err := checkURLOf(taskMetadata, base); err != nil {
		return "", err
	}
	t := task{op: "read task metadata from", resource: shownURL(base), action: "task-metadata", end: time.Now().Add(metadataTime)}
	ask := func(ctx context.Context) (document, error) {
		return newLocalClient(s.policy).document(ctx, taskURL(base))
	}
	next := ask
	if m := s.options.Metadata; m != nil && m.task != nil {
		next = m.task.answer
	}
	err = s.caller.do(ctx, t, func(ctx context.Context) error {
		region, err = regionOfTask(ctx, next)
		next = ask
		return err
	})
	return region, err
}

func regionOfTask(ctx context.Context, ask func(context.Context) (document, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, metadataTime/3)
	defer cancel()
	d, err := ask(ctx)
	if status := httpStatus(err); status != 0 {
		return "", &protocolError{httpText(status)}
	}
	if err != nil {
		return "", err
	}
	task, err := arn.Parse(d.text("TaskARN"))
	if err != nil || task.Service != "ecs" || !regionPattern().MatchString(task.Region) {
		return "", &protocolError{fmt.Sprintf("a task ARN without a region: %q", d.text("TaskARN"))}
	}
	return task.Region, nil
}
