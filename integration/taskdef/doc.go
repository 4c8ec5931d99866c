// Package taskdef holds the task definitions of tests to what ECS takes. Shape and words are those of the AWS SDK's types;
// what ECS refuses beside (numbers, capabilities, what Fargate does not have) and what tsboot promises stand in rules.go.
package taskdef
