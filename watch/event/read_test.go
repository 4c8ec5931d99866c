package event

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/watch/container"
)

// TestVerdict: a record of a security module is a denial only where it says so.
func TestVerdict(t *testing.T) {
	for text, want := range map[string]string{
		`AVC: avc:  denied  { read } for  pid=7 comm="a" name="granted" tclass=file permissive=0`:                         "intrusion_detection denied",
		`AVC: avc:  granted  { execmem } for  pid=7 comm="avc: denied" tclass=process`:                                    "intrusion_detection allowed",
		`AVC: apparmor="DENIED" operation="open" profile="a" name="/x" pid=7 comm="cat" requested_mask="r"`:               "intrusion_detection denied",
		`AVC: apparmor="ALLOWED" operation="open" profile="a" name="/x" pid=7 comm="cat" requested_mask="r"`:              "intrusion_detection allowed",
		`AVC: apparmor="AUDIT" operation="open" profile="a" name="/x" pid=7 comm="cat"`:                                   "intrusion_detection allowed",
		`AVC: apparmor="STATUS" operation="profile_load" profile="unconfined" name="denied" pid=7 comm="apparmor_parser"`: "configuration change",
		`AVC: apparmor="HINT" operation="x" pid=7`:                                                                        "configuration info",
		`AVC: lsm=SMACK fn=smack_inode_permission action=denied subject="_" object="*" pid=7 comm="cat"`:                  "intrusion_detection denied",
		`APPARMOR_DENIED: apparmor="DENIED" operation="open" profile="a" name="/x" pid=7 comm="cat"`:                      "intrusion_detection denied",
		`UNKNOWN[1503]: apparmor="DENIED" operation="open" profile="a" name="/x" pid=7 comm="cat"`:                        "intrusion_detection denied",
		`LANDLOCK_ACCESS: domain=195ba459b blockers=fs.read_file path="/etc/passwd" dev="vda1" ino=7`:                     "intrusion_detection denied",
		`MAC_CALIPSO_ADD: netlabel: auid=0 ses=1 calipso_doi=1 calipso_type=pass res=1`:                                   "configuration change",
		`MAC_STATUS: enforcing=0 old_enforcing=1 auid=0 ses=1 res=1`:                                                      "configuration change",
		`USER_AVC: pid=7 uid=0 msg='avc:  denied  { start } for auid=0 uid=0 path="/x" exe="/usr/bin/dbus-daemon"'`:       "intrusion_detection denied",
		`USER_AVC: pid=7 uid=0 msg='avc:  received policyload notice (seqno=2) exe="/usr/bin/dbus-daemon" sauid=81'`:      "configuration info",
		`USER_AVC: pid=7 uid=0 msg='apparmor="DENIED" operation="dbus_method_call" bus="system" mask="send"'`:             "intrusion_detection denied",
	} {
		typ, data, _ := strings.Cut(text, ": ")
		e := New(records(t, "type="+typ+" msg=audit(1.000:1): "+data), container.Attribution{}, "h")
		if got := e.Event.Category[0] + " " + e.Event.Type[0]; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestUserRecords has every type of a user-space record that has a name.
func TestUserRecords(t *testing.T) {
	for _, typ := range []string{"USER_AUTH", "USER_ACCT", "USER_MGMT", "CRED_ACQ", "CRED_DISP", "USER_START", "USER_END", "USER_AVC",
		"USER_CHAUTHTOK", "USER_ERR", "CRED_REFR", "USYS_CONFIG", "USER_LOGIN", "USER_LOGOUT", "ADD_USER", "DEL_USER", "ADD_GROUP", "DEL_GROUP",
		"CHGRP_ID", "TEST", "TRUSTED_APP", "USER_CMD", "USER_TTY", "GRP_AUTH", "SYSTEM_BOOT", "SYSTEM_SHUTDOWN", "SYSTEM_RUNLEVEL",
		"SERVICE_START", "SERVICE_STOP", "ANOM_LOGIN_FAILURES", "ANOM_ADD_ACCT", "CRYPTO_KEY_USER", "CRYPTO_SESSION", "SOFTWARE_UPDATE",
		"DAEMON_START", "DAEMON_END"} {
		e := New(records(t, "type="+typ+` msg=audit(1.000:1): pid=7 uid=0 auid=4294967295 msg='op=x acct="anna" exe="/usr/bin/x" res=failed'`),
			container.Attribution{Method: container.MethodHost}, "h")
		if want := strings.ReplaceAll(strings.ToLower(typ), "_", "-"); e.Event.Action != want {
			t.Errorf("%s: action %q", typ, e.Event.Action)
		}
		if outcome := e.Event.Outcome; outcome != OutcomeFailure && !strings.HasPrefix(typ, "ANOM_") {
			t.Errorf("%s: outcome %q", typ, outcome)
		}
		if e.Process == nil || e.Process.PID != 7 || e.Process.Name != "x" || e.User.Audit != nil || e.User.Name != "anna" {
			t.Errorf("%s: %+v %+v", typ, e.Process, e.User)
		}
	}
}

// TestTypesToCome has names of types that no table here has, and numbers that have no name.
func TestTypesToCome(t *testing.T) {
	const syscall = "\ntype=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c pid=7"
	for text, want := range map[string]string{
		`type=SECRET_AREA2 msg=audit(1.000:1): pid=7 uid=0 res=0`:                         "secret-area2 failure 7",
		`type=SECRET_AREA2 msg=audit(1.000:1): pid=7 uid=0 res=0` + syscall:               "openat failure 7",
		`type=UNKNOWN[1999] msg=audit(1.000:1): pid=7 uid=0`:                              "unknown[1999]  7",
		`type=UNKNOWN[0] msg=audit(1.000:1): pid=7 uid=0`:                                 "unknown[0]  7",
		`type=UNKNOWN[1424] msg=audit(1.000:1): domain=1 pid=7 uid=0`:                     "landlock-domain  7",
		`type=USER_NAP msg=audit(1.000:1): pid=7 uid=0 msg='pid=8 ppid=9 res=success'`:    "user-nap success 7",
		`type=DAEMON_NAP msg=audit(1.000:1): op=nap pid=7 uid=0 auid=1000 res=success`:    "daemon-nap success 7",
		`type=DM_CTRL msg=audit(1.000:1): module=crypt op=ctr pid=7 uid=0 res=1`:          "dm-ctrl success 7",
		`type=MAC_OBJ_CONTEXTS msg=audit(1.000:1): obj_smack=_` + syscall:                 "openat failure 7",
		`type=EVENT_LISTENER msg=audit(1.000:1): pid=7 uid=0 nl-mcgrp=1 op=connect res=1`: "event-listener success 7",
	} {
		e := New(records(t, text), container.Attribution{Method: container.MethodHost}, "h")
		if got := fmt.Sprint(e.Event.Action, " ", e.Event.Outcome, " ", e.Process.PID); got != want || e.Process.Parent != nil {
			t.Errorf("%s: %s, want %s", text, line(t, e, FormatECS), want)
		}
	}
}

// TestProgramsWord has a program say in its text what only the kernel knows.
func TestProgramsWord(t *testing.T) {
	e := New(records(t, `type=USER_CMD msg=audit(1.000:1): pid=7 uid=1000 auid=1000 ses=1 msg='pid=1 uid=0 ppid=1 euid=0 auid=0 key="x" res=success'`),
		container.Attribution{Method: container.MethodHost}, "h")
	if e.Process.PID != 7 || e.Process.Parent != nil || e.User.ID != "1000" || e.User.Effective != nil || e.User.Audit.ID != "1000" || e.Tags != nil {
		t.Errorf("%s", line(t, e, FormatECS))
	}
}
