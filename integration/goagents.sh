#!/usr/bin/env bash
# The agents that are Go modules, each as one program without libraries, with no more plugins than the built-in
# profiles use: telegraf, and otelcol-contrib by the collector's own builder.
#
#   integration/goagents.sh DIR     build what is not yet in DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "${1:?a directory for the programs}"
dir=$(cd "$1" && pwd)

telegraf=v1.37.2
collector=v0.160.0 # those of otelcol.yaml
export CGO_ENABLED=0

if [[ ! -e $dir/telegraf-$telegraf ]]; then
  GOBIN=$dir go install -ldflags '-s -w' \
    -tags custom,inputs.cpu,inputs.disk,inputs.diskio,inputs.kernel,inputs.mem,inputs.processes,inputs.swap,inputs.system,outputs.influxdb_v2 \
    "github.com/influxdata/telegraf/cmd/telegraf@$telegraf"
  touch "$dir/telegraf-$telegraf"
fi

if [[ ! -e $dir/otelcol-contrib-$collector ]]; then
  cd "$dir"
  go run "go.opentelemetry.io/collector/cmd/builder@$collector" --config "$here/otelcol.yaml"
  mv otelcol-build/otelcol-contrib otelcol-contrib
  rm -rf otelcol-build
  touch "$dir/otelcol-contrib-$collector"
fi
