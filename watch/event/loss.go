package event

import "time"

// ActionLost is the action of an event that says what was lost.
const ActionLost = "audit-lost"

// NewLoss is the event that says what the machine lost since the one before it.
func NewLoss(lost Lost, at time.Time, host string) *Event {
	return &Event{
		Timestamp: at,
		ECS:       ECS{Version: schemaVersion},
		Event:     Info{Kind: KindMetric, Category: categoryHost, Type: typeInfo, Action: ActionLost, Dataset: dataset},
		Host:      Host{Hostname: valid(host)},
		Tswatch:   Own{Lost: &lost},
	}
}
