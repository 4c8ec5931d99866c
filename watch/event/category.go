package event

import "strings"

// Values of event.category and event.type, each a list as ECS wants them. They are shared by events and never change.
// Which types go with a category, ECS says (expected_event_types); a test holds all of these to its table.
var (
	categoryAuthentication = []string{"authentication"}
	categoryConfiguration  = []string{"configuration"}
	categoryDriver         = []string{"driver"}
	categoryFile           = []string{"file"}
	categoryHost           = []string{"host"}
	categoryIAM            = []string{"iam"}
	categoryIntrusion      = []string{"intrusion_detection"}
	categoryNetwork        = []string{"network"}
	categoryPackage        = []string{"package"}
	categoryProcess        = []string{"process"}
	categorySession        = []string{"session"}

	typeAccess      = []string{"access"}
	typeAllowed     = []string{"allowed"}
	typeChange      = []string{"change"}
	typeConnection  = []string{"connection", "start"}
	typeCreation    = []string{"creation"}
	typeDeletion    = []string{"deletion"}
	typeDenied      = []string{"denied"}
	typeDisconnect  = []string{"connection", "end"}
	typeEnd         = []string{"end"}
	typeGroupChange = []string{"group", "change"}
	typeGroupEnd    = []string{"group", "deletion"}
	typeGroupStart  = []string{"group", "creation"}
	typeInfo        = []string{"info"}
	typeNetwork     = []string{"info"}
	typeStart       = []string{"start"}
	typeUserChange  = []string{"user", "change"}
	typeUserEnd     = []string{"user", "deletion"}
	typeUserStart   = []string{"user", "creation"}
)

// class is the category and type of an action.
type class struct{ category, kind []string }

// classes are those of actions that a syscall or the kernel has.
var classes = map[string]class{
	ActionExecuted:         {categoryProcess, typeStart},
	ActionConnected:        {categoryNetwork, typeConnection},
	ActionChangedNamespace: {categoryProcess, typeChange},
	ActionMounted:          {categoryFile, typeChange},
	ActionLoadedModule:     {categoryDriver, typeStart},
	ActionTraced:           {categoryProcess, typeAccess},
	ActionChangedAudit:     {categoryConfiguration, typeChange},

	"delete_module": {categoryDriver, typeEnd},
	"exit":          {categoryProcess, typeEnd},
	"exit_group":    {categoryProcess, typeEnd},
	"clone":         {categoryProcess, typeStart},
	"clone3":        {categoryProcess, typeStart},
	"fork":          {categoryProcess, typeStart},
	"vfork":         {categoryProcess, typeStart},

	"accept":   {categoryNetwork, typeConnection},
	"accept4":  {categoryNetwork, typeConnection},
	"bind":     {categoryNetwork, typeNetwork},
	"listen":   {categoryNetwork, typeNetwork},
	"recvfrom": {categoryNetwork, typeNetwork},
	"recvmsg":  {categoryNetwork, typeNetwork},
	"sendmsg":  {categoryNetwork, typeNetwork},
	"sendmmsg": {categoryNetwork, typeNetwork},
	"sendto":   {categoryNetwork, typeNetwork},
	"shutdown": {categoryNetwork, typeNetwork},
	"socket":   {categoryNetwork, typeNetwork},

	"adjtimex":        {categoryHost, typeChange},
	"clock_adjtime":   {categoryHost, typeChange},
	"clock_settime":   {categoryHost, typeChange},
	"kexec_file_load": {categoryHost, typeChange},
	"kexec_load":      {categoryHost, typeChange},
	"reboot":          {categoryHost, typeChange},
	"setdomainname":   {categoryHost, typeChange},
	"sethostname":     {categoryHost, typeChange},
	"settimeofday":    {categoryHost, typeChange},

	"chmod":        {categoryFile, typeChange},
	"chown":        {categoryFile, typeChange},
	"chown32":      {categoryFile, typeChange},
	"creat":        {categoryFile, typeCreation},
	"fchmod":       {categoryFile, typeChange},
	"fchmodat":     {categoryFile, typeChange},
	"fchmodat2":    {categoryFile, typeChange},
	"fchown":       {categoryFile, typeChange},
	"fchown32":     {categoryFile, typeChange},
	"fchownat":     {categoryFile, typeChange},
	"fremovexattr": {categoryFile, typeChange},
	"fsetxattr":    {categoryFile, typeChange},
	"ftruncate":    {categoryFile, typeChange},
	"ftruncate64":  {categoryFile, typeChange},
	"lchown":       {categoryFile, typeChange},
	"lchown32":     {categoryFile, typeChange},
	"link":         {categoryFile, typeCreation},
	"linkat":       {categoryFile, typeCreation},
	"lremovexattr": {categoryFile, typeChange},
	"lsetxattr":    {categoryFile, typeChange},
	"mkdir":        {categoryFile, typeCreation},
	"mkdirat":      {categoryFile, typeCreation},
	"mknod":        {categoryFile, typeCreation},
	"mknodat":      {categoryFile, typeCreation},
	"removexattr":  {categoryFile, typeChange},
	"rename":       {categoryFile, typeChange},
	"renameat":     {categoryFile, typeChange},
	"renameat2":    {categoryFile, typeChange},
	"rmdir":        {categoryFile, typeDeletion},
	"setxattr":     {categoryFile, typeChange},
	"symlink":      {categoryFile, typeCreation},
	"symlinkat":    {categoryFile, typeCreation},
	"truncate":     {categoryFile, typeChange},
	"truncate64":   {categoryFile, typeChange},
	"umount":       {categoryFile, typeChange},
	"umount2":      {categoryFile, typeChange},
	"unlink":       {categoryFile, typeDeletion},
	"unlinkat":     {categoryFile, typeDeletion},
	"utime":        {categoryFile, typeChange},
	"utimensat":    {categoryFile, typeChange},
	"utimes":       {categoryFile, typeChange},

	"acct-lock":        {categoryIAM, typeUserChange},
	"acct-unlock":      {categoryIAM, typeUserChange},
	"add-group":        {categoryIAM, typeGroupStart},
	"add-user":         {categoryIAM, typeUserStart},
	"chgrp-id":         {categoryIAM, typeGroupChange},
	"chuser-id":        {categoryIAM, typeUserChange},
	"cred-acq":         {categoryAuthentication, typeInfo},
	"cred-disp":        {categoryAuthentication, typeInfo},
	"cred-refr":        {categoryAuthentication, typeInfo},
	"del-group":        {categoryIAM, typeGroupEnd},
	"del-user":         {categoryIAM, typeUserEnd},
	"grp-auth":         {categoryAuthentication, typeStart},
	"grp-chauthtok":    {categoryIAM, typeGroupChange},
	"grp-mgmt":         {categoryIAM, typeGroupChange},
	"landlock-access":  {categoryIntrusion, typeDenied},
	"login":            {categoryAuthentication, typeStart},
	"role-assign":      {categoryIAM, typeUserChange},
	"role-modify":      {categoryIAM, typeChange},
	"role-remove":      {categoryIAM, typeUserChange},
	"seccomp":          {categoryProcess, typeInfo},
	"service-start":    {categoryProcess, typeStart},
	"service-stop":     {categoryProcess, typeEnd},
	"software-update":  {categoryPackage, typeInfo},
	"system-boot":      {categoryHost, typeStart},
	"system-runlevel":  {categoryHost, typeChange},
	"system-shutdown":  {categoryHost, typeEnd},
	"time-adjntpval":   {categoryHost, typeChange},
	"time-injoffset":   {categoryHost, typeChange},
	"user-acct":        {categoryAuthentication, typeInfo},
	"user-auth":        {categoryAuthentication, typeStart},
	"user-chauthtok":   {categoryIAM, typeUserChange},
	"user-cmd":         {categoryProcess, typeStart},
	"user-end":         {categorySession, typeEnd},
	"user-err":         {categoryAuthentication, typeInfo},
	"user-login":       {categoryAuthentication, typeStart},
	"user-logout":      {categoryAuthentication, typeEnd},
	"user-mgmt":        {categoryIAM, typeUserChange},
	"user-role-change": {categoryIAM, typeUserChange},
	"user-start":       {categorySession, typeStart},

	"daemon-abort":           {categoryConfiguration, typeInfo},
	"daemon-accept":          {categoryNetwork, typeConnection},
	"daemon-close":           {categoryNetwork, typeDisconnect},
	"daemon-config":          {categoryConfiguration, typeChange},
	"daemon-end":             {categoryConfiguration, typeInfo},
	"daemon-err":             {categoryConfiguration, typeInfo},
	"daemon-reconfig":        {categoryConfiguration, typeChange},
	"daemon-resume":          {categoryConfiguration, typeInfo},
	"daemon-rotate":          {categoryConfiguration, typeInfo},
	"daemon-start":           {categoryConfiguration, typeInfo},
	"kern-module":            {categoryDriver, typeInfo},
	"netfilter-cfg":          {categoryConfiguration, typeChange},
	"user-mac-config-change": {categoryConfiguration, typeChange},
	"user-mac-policy-load":   {categoryConfiguration, typeChange},
	"user-mac-status":        {categoryConfiguration, typeChange},
	"usys-config":            {categoryConfiguration, typeChange},

	"virt-control":         {categoryHost, typeInfo},
	"virt-create":          {categoryHost, typeInfo},
	"virt-destroy":         {categoryHost, typeInfo},
	"virt-integrity-check": {categoryHost, typeInfo},
	"virt-machine-id":      {categoryHost, typeInfo},
	"virt-migrate-in":      {categoryHost, typeInfo},
	"virt-migrate-out":     {categoryHost, typeInfo},
	"virt-resource":        {categoryHost, typeInfo},
}

// fallback is the class of an action that has none of its own: of a syscall that used a file, by what it did to it; of what
// a security module says and of an anomaly, by the record.
func (b *builder) fallback() class {
	file := b.file != ""
	switch {
	case isVerdict(b.leader):
		return verdictClasses[b.verdict]
	case b.leader >= typeMACPolicyLoad && b.leader < typeIPE: // MAC_*: a security module has another policy or setting
		return class{categoryConfiguration, typeChange}
	case isAnomaly(b.leader):
		return class{categoryIntrusion, typeInfo}
	case file && strings.HasPrefix(b.nametype, "CREATE"):
		return class{categoryFile, typeCreation}
	case file && strings.HasPrefix(b.nametype, "DELETE"):
		return class{categoryFile, typeDeletion}
	case b.writes:
		return class{categoryFile, typeChange}
	case file || strings.HasPrefix(b.syscall, "open"):
		return class{categoryFile, typeAccess}
	}
	return class{categoryProcess, typeInfo}
}
