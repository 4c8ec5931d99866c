package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/watch/detect"
)

func (a *app) rulesCommand() *cobra.Command {
	var asJSON bool
	list := &cobra.Command{
		Use:  "list",
		Args: a.line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rules, err := a.loadRules()
			if err != nil {
				return err
			}
			return rules.List(cmd.OutOrStdout(), asJSON)
		},
	}
	show := &cobra.Command{
		Use:  "show ID",
		Args: a.line.Arguments,
		RunE: func(cmd *cobra.Command, words []string) error {
			rules, err := a.loadRules()
			if err != nil {
				return err
			}
			return rules.Show(cmd.OutOrStdout(), words[0], asJSON)
		},
	}
	check := &cobra.Command{
		Use:  "check FILE...",
		Args: a.line.Arguments,
		RunE: func(cmd *cobra.Command, files []string) error {
			return a.ruleError(detect.Check(cmd.OutOrStdout(), files))
		},
	}
	test := &cobra.Command{
		Use:  "test FILE...",
		Args: a.line.Arguments,
		RunE: func(cmd *cobra.Command, files []string) error {
			failed, err := detect.Test(cmd.OutOrStdout(), files)
			if failed > 0 {
				a.code = exitNo
			}
			return a.ruleError(err)
		},
	}
	for _, cmd := range []*cobra.Command{list, show} {
		cmd.Flags().SortFlags = false
		cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
		a.settings.configFlag(cmd.Flags())
		a.settings.ruleFlags(cmd.Flags())
	}
	rules := &cobra.Command{Use: "rules", Args: a.line.NoWords, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	rules.AddCommand(list, show, check, test)
	return rules
}

// loadRules loads the rules in force.
func (a *app) loadRules() (*detect.Rules, error) {
	if err := a.settings.validateRules(); err != nil {
		return nil, err
	}
	rules, err := detect.Load(detect.Options{Sets: a.settings.ruleSets, Dirs: a.settings.ruleDirs, Log: a.log})
	var fault *detect.Error
	if errors.As(err, &fault) && len(fault.Problems) == 1 && fault.Problems[0].Pos == (detect.Pos{}) { // a name, not a file
		return nil, a.settings.origins.Wrongf("ruleset", ": %w", err)
	}
	return rules, a.ruleError(err)
}

// ruleError gives an error its code: the text of a rule is wrong, or its file is not there.
func (a *app) ruleError(err error) error {
	if err == nil || a.printed.err != nil || exitCode(err) == exitUsage {
		return err
	}
	return &ending{exitUsage, fmt.Errorf("rules: %w", err)}
}
