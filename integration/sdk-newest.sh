#!/bin/sh
# Builds tsboot with the newest service/ssm, which go.mod holds back, runs the tests that use it, and prints the anonymous
# memory at rest with both. go.mod stays as it is. docs/design.md, "The size of the SDK", says why there is a pin.
set -eu
cd "$(dirname "$0")/.."
module=github.com/aws/aws-sdk-go-v2/service/ssm
limit=4096 # kB, what is promised of the process that stays

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp go.mod go.sum "$dir"
go get -modfile="$dir/go.mod" $module@latest
go mod tidy -modfile="$dir/go.mod"
version() { awk -v module=$module '$1 == "require" { $1 = ""; $0 = $0 } $1 == module { print $2 }' "$1"; }

# rest prints the Anonymous of a tsboot at rest, in kB: the first value that is the same a second later.
rest() {
  TSBOOT_RUN_DIR='' "$1" exec -- sleep 60 >"$dir/log" 2>&1 &
  pid=$! kb='' before=none
  while [ "$kb" != "$before" ]; do
    sleep 1
    before=$kb kb=$(awk '/^Anonymous:/ { print $2 }' "/proc/$pid/smaps_rollup") || { cat "$dir/log" >&2; exit 1; }
  done
  kill "$pid"
  wait "$pid" || true # 143, by the signal
  echo "$kb"
}

# most is the largest of five.
most() { for _ in 1 2 3 4 5; do rest "$1"; done | sort -n | tail -n 1; }

make -s build BINARIES=tsboot BINDIR="$dir/pinned"
pinned=$(most "$dir/pinned/tsboot")
export GOFLAGS=-modfile="$dir/go.mod"
make -s build BINARIES=tsboot BINDIR="$dir/newest"
newest=$(most "$dir/newest/tsboot")
go vet ./secrets/ssm ./boot
go test -count=1 ./secrets/ssm

echo "service/ssm $(version go.mod), in go.mod: $pinned kB of anonymous memory at rest at most"
echo "service/ssm $(version "$dir/go.mod"), the newest: $newest kB at most; the limit is $limit kB; its build and its tests pass"
if [ "$newest" -le "$limit" ]; then
  echo "The newest fits: lift the pin. Take it into go.mod, and its section out of docs/design.md."
fi
