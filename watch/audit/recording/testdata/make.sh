#!/bin/bash
# usage: make.sh TSWATCH   (as root, in this directory, on a machine where nothing else uses audit; with DOCKER_HOST a container, too)
# Writes *.multicast.gz and *.unicast.gz. Only what uid 54321 does is recorded.
set -eu
here=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
tswatch=$dir/tswatch
cp "$1" "$tswatch"
(cd actions && go build -o "$dir/actions" . && GOARCH=386 go build -o "$dir/actions32" .)

start() { # LOG ARGUMENT...: start a recorder; its pid is in $started
	local log=$1
	shift
	"$tswatch" record "$@" 2>"$log" &
	started=$!
	until grep -q recording: "$log" 2>"$dir/null"; do kill -0 $started; done
}

record() { # NAME COMMAND...
	local name=$1 holder multicast unicast
	shift
	start "$dir/log1" --audit-uid 54321 "$dir/rules"
	holder=$started
	start "$dir/log2" --audit-rules off "$dir/multicast"
	multicast=$started
	start "$dir/log3" --audit-rules off --audit-mode unicast "$dir/unicast"
	unicast=$started
	(cd / && "$@")
	kill "$unicast" && wait "$unicast"
	kill "$multicast" && wait "$multicast"
	kill "$holder" && wait "$holder"
	gzip -9 -n -c "$dir/multicast" >"$here/$name.multicast.gz"
	gzip -9 -n -c "$dir/unicast" >"$here/$name.unicast.gz"
	rm "$dir/rules" "$dir/multicast" "$dir/unicast" "$dir"/log*
}

user() { setpriv --reuid 54321 --regid 54321 --clear-groups "$@"; }

connects() {
	local rule=("always,exit" -F arch=b64 -S connect -F uid=54321 -k of-others)
	auditctl -a "${rule[@]}"
	user "$dir/actions" connect
	auditctl -d "${rule[@]}"
}

messages() {
	auditctl -m 'of "auditctl"'
	"$dir/actions" message
}

configuration() {
	auditctl -a always,exit -F arch=b64 -S kexec_load -k of-others
	auditctl -w /tmp/nothing -p wa -k 'two words'
	auditctl -D -k of-others
	auditctl -W /tmp/nothing -p wa -k 'two words'
	timeout --signal TERM 1 "$tswatch" --audit-uid 54322 --run-dir "$dir/run" --output "file:$dir/out" --docker off --containerd off --host-root "$dir" || true
}

container() {
	docker run --rm --network none --user 54321 bb:1 /bin/sh -c 'echo of a container; ls / >/dev/null; /bin/true "" "a b"; exec /missing' || true
}

record exec user "$dir/actions" exec
record connect connects
record forbidden user "$dir/actions" forbidden
record ia32 user "$dir/actions32" exec connect forbidden
record message messages
record config configuration
if [ -n "${DOCKER_HOST-}" ]; then
	record container container
fi
