# shellcheck shell=bash
# What .ci/run does to the machine, and how that is undone: sourced by it. Packages that were missing stay; services that
# they enable do not, and nothing is started by dpkg.

policy=/usr/sbin/policy-rc.d
made_policy=
enabled_before=
leftovers=()

enabled_services() {
  command -v systemctl >/dev/null || return 0
  systemctl --root=/ list-unit-files --state=enabled --no-legend | awk '{print $1}' | sort
}

# remember notes what is there before anything is done: services, and which of the paths that dockerd leaves are not.
remember() {
  local path
  enabled_before=$(enabled_services)
  for path in /etc/docker/key.json /etc/docker; do
    [[ -e $path ]] || leftovers+=("$path")
  done
  for path in /sys/fs/cgroup/*/; do
    [[ -e ${path}docker ]] || leftovers+=("${path}docker")
  done
}

# packages installs those that are missing, with a log in a file. Their services stay as they are: policy-rc.d tells dpkg to start nothing.
packages() {
  local log=$1 missing=() package
  shift
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ ! -e $policy ]]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
    { tail -n 40 "$log" >&2; return 1; }
}

# restore undoes what remember has noted. It says what it could not undo.
restore() {
  local service path
  [[ -z $made_policy ]] || rm -f "$policy"
  comm -13 <(printf '%s\n' "$enabled_before") <(enabled_services) | while read -r service; do
    systemctl --root=/ disable "$service" >/dev/null 2>&1
  done
  comm -13 <(printf '%s\n' "$enabled_before") <(enabled_services) | sed 's/^/left enabled: /' >&2
  for path in "${leftovers[@]}"; do
    if [[ -d $path ]]; then rmdir "$path"; else rm -f "$path"; fi 2>/dev/null || echo "left: $path" >&2
  done
}
