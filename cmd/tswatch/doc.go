// Command tswatch reads Linux audit and says of each event which container it came from. It judges events by rules, and
// writes events and alerts as lines of JSON.
//
// Usage:
//
//	tswatch [flags]                            the agent, until SIGTERM or SIGINT
//	tswatch replay [flags] [FILE...]           the same over recorded audit text
//	tswatch rules list|show ID                 the rules in force
//	tswatch rules check FILE... | test FILE... validate rule files, run the tests that stand in them
//	tswatch status [--json]                    counters, loss, attribution, outputs of the running tswatch
//	tswatch health [--live]                    exit 0 where it is healthy, 1 where not
//	tswatch version | --version | -v | completion SHELL | --help | help [COMMAND]
//
// Every flag is also an environment variable, TSWATCH_ and its name in capitals with "_", and a key of --config FILE. A flag
// beats its variable, which beats the file, which beats the default.
//
// This package holds flags, the wiring of the run group and the exit codes, and nothing else: what is done with records
// stands in package watch/pipeline.
package main
