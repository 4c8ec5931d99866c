// Package console serves one page that shows what tswatch sees: events and alerts as they come, attribution and loss. Nothing
// waits for a browser: the newest events are kept in a bounded history, and each browser reads that at its own pace.
package console
