package control

import (
	"fmt"
	"time"

	"github.com/tsboot/tsboot/watch/sink"
)

// Health says whether tswatch is healthy, and if not, why, in one line.
type Health struct {
	Healthy bool   `json:"healthy"`
	Reason  string `json:"reason"`
}

// Condition is what health is judged by.
type Condition struct {
	Wrong     error         // with the line, or with an output that is stuck; nil: nothing
	LossRatio float64       // of the last minute
	MaxLoss   float64       // above that it is not healthy
	Input     string        // what is read, for a person
	Sinks     []sink.Status // one that fails is named, and does no harm: a restart does not help, and its loss is counted
}

// Health judges.
func (c Condition) Health() Health {
	switch {
	case c.Wrong != nil:
		return Health{Reason: c.Wrong.Error()}
	case c.LossRatio > c.MaxLoss:
		return Health{Reason: fmt.Sprintf("%.4g of the events of the last minute were lost, more than %g", c.LossRatio, c.MaxLoss)}
	}
	reason := c.Input + " is read, and nothing is stuck"
	for _, one := range c.Sinks {
		if one.FailingSince != nil {
			reason += fmt.Sprintf("; output %s fails since %s: %s", one.Where, one.FailingSince.UTC().Format(time.RFC3339), one.LastError)
		}
	}
	return Health{Healthy: true, Reason: reason}
}
