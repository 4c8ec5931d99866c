#!/usr/bin/env bash
# LocalStack 4.14 without Docker and without a token: SSM, KMS and Secrets Manager in a Python process on loopback.
#
#   integration/localstack.sh install VENV     make the virtual environment (Python 3.13, pinned)
#   integration/localstack.sh run VENV DIR     become LocalStack; files below DIR, address in TSBOOT_LOCALSTACK_LISTEN
#
# 4.14.0 is the last release that asks for no account. The package to install is localstack-core:
# "localstack" is a client that starts a container.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=integration/python.sh
. "$here/python.sh"

install() {
  local venv=$1 python
  python=$(python313)
  if [[ -e $venv/ready ]]; then return; fi
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/pip" install -q -c "$here/localstack-4.14.0.constraints.txt" \
    'localstack-core[base-runtime]==4.14.0' 'moto-ext==5.1.24' responses jinja2
  touch "$venv/ready"
}

# run replaces this shell, so the process that was started is the one to stop. What each variable is for:
# OVERRIDE_IN_DOCKER: not to take a container for its own and edit its resolv.conf; GATEWAY_SERVER: the default
# server listens on every address whatever it is told; the others: no DNS server, no call to anybody.
run() {
  local venv=$1 dir=$2
  mkdir -p "$dir"
  cd "$dir"
  export OVERRIDE_IN_DOCKER=0 FILESYSTEM_ROOT=$dir DNS_ADDRESS=0 DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1
  export SERVICES=ssm,kms,secretsmanager EAGER_SERVICE_LOADING=1 GATEWAY_SERVER=hypercorn
  export GATEWAY_LISTEN=${TSBOOT_LOCALSTACK_LISTEN:-127.0.0.1:4566}
  exec "$venv/bin/python" -m localstack.runtime.main
}

case "${1:-}" in
install) install "${2:?a directory for the virtual environment}" ;;
run) run "${2:?the virtual environment}" "${3:?a directory for its files}" ;;
*)
  sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
  ;;
esac
