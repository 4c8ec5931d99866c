package manifest

// need is what an agent wants of its container beside what its profile says.
type need struct {
	memory       int      // MiB
	alone        bool     // it does without the pid namespace of the host
	writableRoot bool     // it writes where its program is installed
	privileged   bool     // its vendor wants a privileged container, which is never printed
	uid          int      // who runs in the vendor's image; 0: root
	scratch      []string // more directories that it writes to, in memory
	mounts       []mount
	settings     []setting
}

// setting is a parameter that the agent needs set where a kind is not what the profile's default is made for.
type setting struct {
	parameter, value string
	where            func(*kind) bool
	why              string // a person must know it; empty: nobody need
}

// mount is a file or directory of the host. Host and container names are the same where one is empty.
type mount struct {
	name, host, path string
	writable         bool
}

const dockerSocket = "/var/run/docker.sock"

var (
	docker     = mount{name: "docker", host: dockerSocket, path: dockerSocket}
	hostLogs   = mount{name: "log", host: "/var/log", path: "/var/log"}
	threatNeed = need{memory: 512, writableRoot: true, mounts: []mount{{name: "system", host: "/", path: "/threatstackfs"}, docker}}
	watchNeed  = need{memory: 128, scratch: []string{"/run/tswatch"}, mounts: []mount{{name: "root", host: "/", path: "/host"}}, settings: []setting{
		{parameter: "host-root", value: "/", where: func(k *kind) bool { return k.onHost || k.noHost != "" }}, // nothing is mounted at /host
		{
			parameter: "audit-mode", value: "unicast", where: func(k *kind) bool { return k.noHost == "" && !k.canAdd("AUDIT_READ") },
			why: "without AUDIT_READ tswatch takes the place of the host's audit daemon, which must not run: audit-mode=unicast is set",
		},
	}}
)

// needs has the agents of the built-in profiles, after their vendors' documentation.
var needs = map[string]need{
	"auditbeat": {memory: 256, scratch: []string{"/usr/share/auditbeat/logs"}, mounts: []mount{
		{"state", "/var/lib/auditbeat", "/usr/share/auditbeat/data", true},
	}},
	"auditd":   {memory: 64, mounts: []mount{{"log", "/var/log/audit", "/var/log/audit", true}}},
	"crowdsec": {memory: 256, alone: true, writableRoot: true, mounts: []mount{hostLogs}},
	"datadog-agent": {memory: 512, alone: true, writableRoot: true, mounts: []mount{
		docker, {name: "proc", host: "/proc", path: "/host/proc"}, {name: "cgroup", host: "/sys/fs/cgroup", path: "/host/sys/fs/cgroup"},
	}},
	"exec": {memory: 128, alone: true, scratch: []string{"/tmp"}},
	"falco": {memory: 512, alone: true, writableRoot: true, mounts: []mount{
		{name: "docker", host: dockerSocket, path: "/host" + dockerSocket}, {name: "proc", host: "/proc", path: "/host/proc"},
		{name: "etc", host: "/etc", path: "/host/etc"}, {name: "tracing", host: "/sys/kernel/tracing", path: "/sys/kernel/tracing"},
	}},
	"falcon-sensor": {memory: 512, writableRoot: true, privileged: true, mounts: []mount{
		{"falconstore", "/opt/CrowdStrike/falconstore", "/opt/CrowdStrike/falconstore", true},
	}},
	"filebeat": {memory: 256, alone: true, scratch: []string{"/usr/share/filebeat/logs"}, mounts: []mount{
		hostLogs, {"state", "/var/lib/filebeat", "/usr/share/filebeat/data", true},
	}},
	"fluent-bit":     {memory: 64, alone: true, mounts: []mount{hostLogs, {"state", "/var/lib/fluent-bit", "/var/lib/fluent-bit", true}}},
	"newrelic-infra": {memory: 256, writableRoot: true, mounts: []mount{{name: "root", host: "/", path: "/host"}, docker}},
	"node-exporter":  {memory: 64, uid: 65534, mounts: []mount{{name: "root", host: "/", path: "/host"}}},
	"osquery":        {memory: 256, writableRoot: true, mounts: []mount{{"state", "/var/lib/osquery", "/var/osquery", true}}},
	"otel-collector": {memory: 256, uid: 10001, mounts: []mount{{name: "root", host: "/", path: "/hostfs"}}},
	"snmpd":          {memory: 64, mounts: []mount{{"state", "/var/lib/snmp", "/var/lib/snmp", true}}},
	"telegraf":       {memory: 128, writableRoot: true, mounts: []mount{{name: "root", host: "/", path: "/hostfs"}}},
	"threatstack-1":  threatNeed,
	"threatstack-2":  threatNeed,
	"tswatch":        watchNeed,
	"vector":         {memory: 256, alone: true, mounts: []mount{hostLogs, {"state", "/var/lib/vector", "/var/lib/vector", true}}},
	"wazuh-agent":    {memory: 256, writableRoot: true, mounts: []mount{{name: "log", host: "/var/log", path: "/host/var/log"}}},
	"zabbix-agent":   {memory: 64, uid: 1997, scratch: []string{"/tmp"}},
	"zabbix-agent2":  {memory: 128, uid: 1997, scratch: []string{"/tmp"}},
}

// needOf is what is known of a profile's agent; of one that is not built in, as little as possible is taken for granted.
func needOf(profile string, builtin bool) need {
	if n, ok := needs[profile]; ok && builtin {
		return n
	}
	return need{memory: 256, scratch: []string{"/tmp"}}
}
