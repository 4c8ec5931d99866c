#!/usr/bin/env bash
# cfn-lint in a virtual environment of its own: integration/cfnlint.sh VENV; what it needs disagrees with LocalStack's pins.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=integration/python.sh
. "$here/python.sh"

if [[ -e $1/ready ]]; then exit; fi
rm -rf "$1"
"$(python313)" -m venv "$1"
"$1/bin/pip" install -q cfn-lint==1.58.0
touch "$1/ready"
