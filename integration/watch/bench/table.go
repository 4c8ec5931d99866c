//go:build linux

package main

import (
	"fmt"
	"strings"
)

const (
	ours  = "tswatch"
	peers = "go-audit"
)

// tables are the figures.
func tables(all []sample) string {
	return "## Containers\n\n" + attribution(all) + "\n## Processor time and memory\n\n" + cost(all) + "\n## The load and the kernel meanwhile\n\n" + beside(all)
}

// attribution says of how many processes each program found the container, all rounds together.
func attribution(all []sample) string {
	var b strings.Builder
	b.WriteString("| processes a second | program | reached, a second | processes | right | wrong container | no container | event missing |\n|---|---|--:|--:|--:|--:|--:|--:|\n")
	for _, l := range measured(all) {
		for _, program := range []string{peers, ours} {
			some := of(all, program, l)
			t, rate := together(some), median(some, reached)
			fmt.Fprintf(&b, "| %s | %s | %.0f | %d | %s | %d | %s | %d |\n", l, program, rate, t.processes, percent(t), t.wrong, without(t), t.missing)
		}
	}
	return b.String()
}

// percent never says 100 % of a number that is less.
func percent(t tally) string {
	if t.right < t.processes {
		return fmt.Sprintf("%d (%.3f %%)", t.right, min(99.999, 100*t.share()))
	}
	return fmt.Sprintf("%d (100 %%)", t.right)
}

func without(t tally) string {
	if t.none == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", t.none, t.why())
}

// cost says what each program used.
func cost(all []sample) string {
	var b strings.Builder
	b.WriteString("| processes a second | go-audit | tswatch | tswatch / go-audit | Docker for go-audit | Docker for tswatch | peak memory: go-audit | tswatch |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, l := range measured(all) {
		their, our := of(all, peers, l), of(all, ours, l)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.1f %% | %.1f %% | %.1f MiB | %.1f MiB |\n", l, with(their, own), with(our, own), mark(ratio(all, l)),
			median(their, dockers), median(our, dockers), greatest(their, memory), greatest(our, memory))
	}
	return b.String()
}

// beside says what the load and the kernel's thread took, alone and while somebody looked.
func beside(all []sample) string {
	var b strings.Builder
	b.WriteString("| processes a second | the load: alone | with go-audit | with tswatch | kauditd: with go-audit | with tswatch | Docker, alone |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, l := range measured(all) {
		alone, their, our := of(all, nobody, l), of(all, peers, l), of(all, ours, l)
		fmt.Fprintf(&b, "| %s | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% |\n", l, median(alone, works), median(their, works),
			median(our, works), median(their, kernels), median(our, kernels), median(alone, dockers))
	}
	return b.String()
}

// measured are the loads that both programs had.
func measured(all []sample) []load {
	var list []load
	for _, l := range loads {
		if of(all, peers, l) != nil && of(all, ours, l) != nil {
			list = append(list, l)
		}
	}
	return list
}

// ratio is tswatch's processor time by go-audit's.
func ratio(all []sample, l load) float64 {
	return median(of(all, ours, l), own) / median(of(all, peers, l), own)
}

// mark makes a ratio fat that is too high.
func mark(r float64) string {
	if r > 1 {
		return fmt.Sprintf("**%.2f**", r)
	}
	return fmt.Sprintf("%.2f", r)
}

func median(samples []sample, value func(sample) float64) float64 {
	m, _, _ := spread(samples, value)
	return m
}

func greatest(samples []sample, value func(sample) float64) float64 {
	_, _, most := spread(samples, value)
	return most
}

// with is a median with its range.
func with(samples []sample, value func(sample) float64) string {
	m, least, most := spread(samples, value)
	return fmt.Sprintf("%.1f %% (%.1f to %.1f)", m, least, most)
}
