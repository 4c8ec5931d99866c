package main

// agent is what a page says that is not in the profile.
type agent struct {
	profile string
	from    string   // the image that the agent's own is made from: the vendor's, where there is one
	install []string // instructions of the recipe before tsboot is copied, as root
	user    string   // who runs in the image; "": root
	bare    bool     // the image has no shell, and its user is as it is
	values  []value  // what is stored
	rotated string   // the parameter that the page rotates
	flags   []string // more of tsboot's
	// The vendor asks for a privileged container, which also shares the host's IPC namespace, and for a run of init in
	// another one of the same image before.
	init []string
	make string // the command that makes the image, in place of a recipe: the agent is ours
}

// value is one parameter as the page stores it: a text, or a secret that a command writes to a file of its name, after
// another command where it needs one.
type value struct{ parameter, text, prepare, command string }

const randomHex = "openssl rand -hex 32 | tr -d '\\n'"

// agents are the pages, in the order of their names.
var agents = []agent{
	{
		profile: "auditbeat", from: "docker.elastic.co/beats/auditbeat:9.1.4",
		install: []string{"USER root"},
		values: []value{
			{parameter: "hosts", text: "https://es.example:9200"},
			{parameter: "api-key", command: `printf %s "$API_KEY"`},
		},
		rotated: "api-key",
	},
	{
		profile: "auditd", from: "debian:bookworm-slim",
		install: []string{"RUN apt-get update && apt-get install -y --no-install-recommends auditd && rm -rf /var/lib/apt/lists/*"},
		values:  []value{{parameter: "rules", text: "-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=unset -k exec"}},
		rotated: "rules",
	},
	{
		profile: "crowdsec", from: "crowdsecurity/crowdsec:v1.7.0",
		install: []string{
			"RUN cp -an /staging/etc/crowdsec /etc/ && cp -an /staging/var/lib/crowdsec /var/lib/",
			"COPY acquis.yaml /etc/crowdsec/acquis.yaml",
		},
		values: []value{
			{parameter: "lapi-url", text: "http://lapi.example:8080/"},
			{parameter: "machine-id", text: "node-1"},
			{parameter: "password", command: randomHex},
		},
		rotated: "password",
	},
	{
		profile: "datadog-agent", from: "public.ecr.aws/datadog/agent:7",
		values:  []value{{parameter: "api-key", command: `printf %s "$DD_API_KEY"`}, {parameter: "tags", text: "team:core env:prod"}},
		rotated: "api-key",
	},
	{
		profile: "falco", from: "falcosecurity/falco:0.43.0",
		values:  []value{{parameter: "http-url", command: `printf 'https://falcosidekick.example:2801/%s' "$TOKEN"`}},
		rotated: "http-url",
	},
	{
		profile: "falcon-sensor", from: "registry.crowdstrike.com/falcon-sensor/us-1/release/falcon-sensor:7.22.0-17507-1.falcon-linux.Release.US-1",
		values:  []value{{parameter: "cid", command: `printf %s "$FALCON_CID"`}},
		rotated: "cid",
		init:    []string{"/opt/CrowdStrike/falcon-daemonset-init", "-i"},
		flags:   []string{"--", "ENTRYPOINT"},
	},
	{
		profile: "filebeat", from: "docker.elastic.co/beats/filebeat:9.1.4",
		install: []string{"USER root"},
		values: []value{
			{parameter: "hosts", text: "https://es.example:9200"},
			{parameter: "api-key", command: `printf %s "$API_KEY"`},
			{parameter: "paths", text: "/var/log/*.log"},
		},
		rotated: "api-key",
	},
	{
		profile: "fluent-bit", from: "fluent/fluent-bit:4.0.3",
		values: []value{
			{parameter: "output", text: "splunk"},
			{parameter: "host", text: "splunk.example"},
			{parameter: "port", text: "8088"},
			{parameter: "splunk-token", command: `printf %s "$TOKEN"`},
			{parameter: "db", text: "/var/lib/fluent-bit/tail.db"},
		},
		rotated: "splunk-token",
	},
	{
		profile: "newrelic-infra", from: "newrelic/infrastructure:latest",
		values:  []value{{parameter: "license-key", command: `printf %s "$NEW_RELIC_LICENSE_KEY"`}},
		rotated: "license-key",
	},
	{
		profile: "node-exporter", from: "quay.io/prometheus/node-exporter:v1.9.1",
		user: "nobody",
		values: []value{
			{parameter: "basic-auth-user", text: "prometheus"},
			{parameter: "basic-auth-password-hash", prepare: "openssl rand -hex 32 > password", command: `htpasswd -niBC 10 "" < password | tr -d ':\n'`},
		},
		rotated: "basic-auth-password-hash",
		flags:   []string{"--set", "rootfs=/host"},
	},
	{
		profile: "osquery", from: "osquery/osquery:5.2.3-ubuntu22.04",
		values: []value{
			{parameter: "enroll-secret", command: `printf %s "$ENROLL_SECRET"`},
			{parameter: "tls-hostname", text: "fleet.example:443"},
		},
		rotated: "enroll-secret",
	},
	{
		profile: "otel-collector", from: "otel/opentelemetry-collector-contrib:0.135.0",
		user: "10001", bare: true,
		values: []value{
			{parameter: "endpoint", text: "https://otlp.example"},
			{parameter: "headers", command: `printf 'api-key=%s' "$API_KEY"`},
		},
		rotated: "headers",
		flags:   []string{"--set", "rootfs=/hostfs"},
	},
	{
		profile: "snmpd", from: "debian:bookworm-slim",
		install: []string{"RUN apt-get update && apt-get install -y --no-install-recommends snmpd && rm -rf /var/lib/apt/lists/*"},
		values: []value{
			{parameter: "user", text: "monitor"},
			{parameter: "auth-password", command: randomHex},
			{parameter: "priv-password", command: randomHex},
		},
		rotated: "auth-password",
	},
	{
		profile: "telegraf", from: "telegraf:1.36",
		install: []string{"RUN mkdir /etc/telegraf/tsboot && chown telegraf /etc/telegraf/tsboot"},
		user:    "telegraf",
		values: []value{
			{parameter: "urls", text: "https://influx.example:8086"},
			{parameter: "organization", text: "example"},
			{parameter: "bucket", text: "hosts"},
			{parameter: "token", command: `printf %s "$INFLUX_TOKEN"`},
		},
		rotated: "token",
		flags:   []string{"--set", "rootfs=/hostfs"},
	},
	{
		profile: "tswatch", make: "make image-tswatch",
		values: []value{
			{parameter: "output", text: "https://collector.example/ingest"},
			{parameter: "deploy-key", command: randomHex},
		},
		rotated: "deploy-key",
	},
	{
		profile: "vector", from: "timberio/vector:0.52.0-debian",
		values: []value{
			{parameter: "uri", text: "https://logs.example/ingest"},
			{parameter: "authorization", command: `printf 'Bearer %s' "$TOKEN"`},
		},
		rotated: "authorization",
	},
	{
		profile: "wazuh-agent", from: "wazuh/wazuh-agent:4.14.0",
		values: []value{
			{parameter: "manager", text: "wazuh.example"},
			{parameter: "enrollment-password", command: `printf %s "$PASSWORD"`},
		},
		rotated: "enrollment-password",
	},
	{
		profile: "zabbix-agent", from: "zabbix/zabbix-agent:alpine-7.0-latest",
		user: "zabbix",
		values: []value{
			{parameter: "psk", command: randomHex},
			{parameter: "psk-identity", text: "fleet"},
			{parameter: "server", text: "zabbix.example"},
		},
		rotated: "psk",
	},
	{
		profile: "zabbix-agent2", from: "zabbix/zabbix-agent2:alpine-7.0-latest",
		user: "zabbix",
		values: []value{
			{parameter: "psk", command: randomHex},
			{parameter: "psk-identity", text: "fleet"},
			{parameter: "server", text: "zabbix.example"},
		},
		rotated: "psk",
	},
}
