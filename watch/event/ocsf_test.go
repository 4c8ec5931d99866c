package event

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// ocsfClasses are the classes of OCSF 1.8 that events may have: the activities of each, and which attributes it must have
// besides those of every event. From https://schema.ocsf.io/1.8.0/classes.
var ocsfClasses = map[float64]struct {
	activities []float64
	required   string
}{
	ocsfBase:            {nil, ""},
	ocsfFile:            {[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, "actor device file"},
	ocsfKernelExtension: {[]float64{1, 2}, "actor device driver"},
	ocsfKernel:          {[]float64{1, 2, 3, 4}, "actor device kernel"},
	ocsfProcess:         {[]float64{1, 2, 3, 4, 5}, "actor device process"},
	ocsfEventLog:        {[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "device log_name"},
	ocsfDetection:       {[]float64{1, 2, 3}, "finding_info is_alert"},
	ocsfAuthentication:  {[]float64{1, 2, 3, 4, 5, 6, 7}, "user service"},
	ocsfNetwork:         {[]float64{1, 2, 3, 4, 5, 6, 7}, "dst_endpoint"},
}

// ocsfObjects are the attributes that an object may have. One with ! must be there; of those with | one must. What is below
// unmapped is anybody's. The first line is an event.
var ocsfObjects = fields(`
event activity_id! activity_name category_uid! class_name class_uid! type_uid! time! severity_id! status_id status_code message metadata! device actor process launch_type_id connection_info dst_endpoint src_endpoint file driver kernel log_name user service finding_info evidences is_alert count unmapped
metadata event_code extensions labels log_name product! profiles sequence version!
extensions name! uid! version!
product name! vendor_name
device hostname! type_id!
actor process| user|
process cmd_line container file name namespace_pid parent_process pid! user auid euid working_directory
parent_process pid!
user name| uid|
file name! path type_id!
driver file!
kernel name! type_id!
container image name orchestrator pod_uuid runtime uid!
image name tag uid!
connection_info direction_id! protocol_name protocol_ver_id
dst_endpoint ip| name| port
src_endpoint ip!
service name!
finding_info analytic attacks created_time desc title uid!
analytic category desc name uid type_id!
attacks technique!
technique uid!
evidences process| connection_info dst_endpoint| file|
`)

func TestOCSF(t *testing.T) {
	classes := make(map[float64]bool)
	for name, e := range allEvents(t) {
		var object map[string]any
		text := line(t, e, FormatOCSF)
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, err := range slices.Concat(checkClass(object), checkObject("event", object)) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		classes[object["class_uid"].(float64)] = true
	}
	for class := range ocsfClasses {
		if !classes[class] {
			t.Errorf("no event has class %v", class)
		}
	}
}

func checkClass(event map[string]any) (wrong []error) {
	uid, _ := event["class_uid"].(float64)
	class, ok := ocsfClasses[uid]
	if !ok {
		return []error{fmt.Errorf("class %v", uid)}
	}
	activity, _ := event["activity_id"].(float64)
	if _, named := event["activity_name"]; !slices.Contains(class.activities, activity) && (activity != 99 || !named) {
		wrong = append(wrong, fmt.Errorf("class %v has no activity %v", uid, activity))
	}
	if event["type_uid"] != uid*100+activity || event["category_uid"] != float64(int(uid)/1000) {
		wrong = append(wrong, fmt.Errorf("type %v, category %v of class %v", event["type_uid"], event["category_uid"], uid))
	}
	for _, name := range strings.Fields(class.required) {
		if _, ok := event[name]; !ok {
			wrong = append(wrong, fmt.Errorf("class %v without %s", uid, name))
		}
	}
	return wrong
}

func checkObject(kind string, object map[string]any) (wrong []error) {
	attributes, ok := ocsfObjects[kind]
	if !ok {
		return []error{fmt.Errorf("object %s", kind)}
	}
	alternatives, found := "", false
	known := make(map[string]bool)
	for _, attribute := range attributes {
		name := strings.TrimRight(attribute, "!|")
		_, has := object[name]
		known[name] = true
		switch attribute[len(attribute)-1] {
		case '!':
			if !has {
				wrong = append(wrong, fmt.Errorf("%s without %s", kind, name))
			}
		case '|':
			alternatives += name + " "
			found = found || has
		}
	}
	if alternatives != "" && !found {
		wrong = append(wrong, fmt.Errorf("%s with none of %s", kind, alternatives))
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !known[name] {
			wrong = append(wrong, fmt.Errorf("%s has no %s", kind, name))
		}
		if name == "unmapped" {
			continue
		}
		values, ok := object[name].([]any)
		if !ok {
			values = []any{object[name]}
		}
		for _, value := range values {
			if child, ok := value.(map[string]any); ok {
				wrong = append(wrong, checkObject(name, child)...)
			}
		}
	}
	return wrong
}

func TestOCSFSeverity(t *testing.T) {
	e := New(records(t, curl), nginx(), "h")
	for severity, want := range map[int]string{1: `"severity_id":4`, 2: `"severity_id":3`, 3: `"severity_id":2`} {
		if text := line(t, e.Alert(Rule{ID: "a", Name: "A", Ruleset: "R"}, severity, nil, "m"), FormatOCSF); !strings.Contains(string(text), want) {
			t.Errorf("severity %d: no %s in %s", severity, want, text)
		}
	}
}
