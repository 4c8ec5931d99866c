// Command tsboot is the first process of a security agent's container: it reads the agent's secrets by path from
// SSM Parameter Store, writes its config, runs its setup, then supervises it.
//
// Usage:
//
//	tsboot [flags] [-- command [arg...]]      the boot
//	tsboot exec [flags] -- command [arg...]   every parameter as an environment variable of the command
//	tsboot check [flags] [-- command]         look at all that a boot needs, changing nothing
//	tsboot render [flags]                     print the files a boot would write, secrets masked
//	tsboot export [flags]                     print the parameters as dotenv, json, yaml or shell
//	tsboot iam-policy [flags]                 print the smallest IAM policy that these flags need
//	tsboot manifest KIND [flags]              print a deployment for these flags
//	tsboot profiles [show NAME]               list the built-in profiles, print one
//	tsboot status [--json]                    what the running tsboot is doing
//	tsboot health [--live]                    exit 0 where the agent is healthy, 1 where not
//	tsboot refresh [--timeout D]              have the running tsboot look for changed parameters now
//	tsboot version | --version | -v | completion SHELL | --help | help [COMMAND|TOPIC]
//
// Every flag is also an environment variable, TSBOOT_ and its name in capitals with "_". A flag beats its variable,
// which beats the profile, which beats the built-in default.
//
// This package holds flags, environment, the wiring of the run group and the exit codes, and nothing else: what a boot
// is stands in package boot. The binary runs twice in a boot: as the process that stays, and as the short-lived worker
// that prepares the boot and takes the secrets away with it (boot.Work).
package main
