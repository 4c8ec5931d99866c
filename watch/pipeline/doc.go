// Package pipeline is the line that every audit record goes through: records become events, events are attributed, judged
// and written. The agent and a replay have the same line; they differ in what stands before it.
package pipeline
