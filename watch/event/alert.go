package event

// Alert is e again as the alert of one rule. It shares what e points to: neither is changed after it was made.
func (e *Event) Alert(rule Rule, severity int, techniques []string, message string) *Event {
	alert := *e
	alert.Event.Kind = KindAlert
	alert.Event.Severity = severity
	alert.Message = message
	alert.Rule = &rule
	if len(techniques) > 0 {
		alert.Threat = &Threat{Technique: Technique{ID: techniques}}
	}
	return &alert
}

// Repeat is an alert again as the line that says how many of its kind were held back.
func (e *Event) Repeat(held int) *Event {
	last := *e
	last.Tswatch.Repeated = held
	return &last
}
