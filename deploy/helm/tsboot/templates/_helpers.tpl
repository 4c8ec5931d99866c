{{/* What the agent of the profile needs, as YAML: of a built-in one from profiles.yaml, of another as little as possible. */}}
{{- define "tsboot.needs" -}}
{{- $name := required "profile: name the agent's profile, as in --set profile=threatstack-2; tsboot profiles lists them" .Values.profile -}}
{{- $known := .Files.Get "profiles.yaml" | fromYaml -}}
{{- if hasKey $known $name -}}
{{ get $known $name | toYaml }}
{{- else if hasPrefix "/" $name -}}
{{ dict "hostPID" true "hostNetwork" true "memory" 256 "user" 0 "readOnlyRoot" (not (empty .Values.directories)) "healthTimeout" 10 "grace" 25 "directories" .Values.directories "scratch" (list "/tmp") | toYaml }}
{{- else if $name -}}
{{ fail (printf "profile %q: it is not built in (tsboot profiles lists those), and not the absolute path of a profile file in the image" $name) }}
{{- end -}}
{{- end -}}

{{/* The name of all objects: a DNS label. */}}
{{- define "tsboot.name" -}}
{{- if .Values.name -}}
{{ .Values.name }}
{{- else -}}
{{- $name := .Values.profile | default .Chart.Name | base | trimSuffix ".yaml" | trimSuffix ".yml" -}}
{{- if and (eq $name "exec") .Values.command -}}{{- $name = first .Values.command | base -}}{{- end -}}
{{ regexReplaceAll "[^a-z0-9]+" (lower $name) "-" | trimAll "-" | trunc 48 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "tsboot.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "tsboot.name" .) }}
{{- end -}}

{{- define "tsboot.labels" -}}
app.kubernetes.io/name: {{ include "tsboot.name" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{/* The seconds of a duration as 1h2m3s. */}}
{{- define "tsboot.seconds" -}}
{{- $h := regexFind "[0-9]+h" . | trimSuffix "h" | default "0" | atoi -}}
{{- $m := regexFind "[0-9]+m" . | trimSuffix "m" | default "0" | atoi -}}
{{- $s := regexFind "[0-9]+s" . | trimSuffix "s" | default "0" | atoi -}}
{{ add (mul $h 3600) (mul $m 60) $s }}
{{- end -}}

{{/* The splay in seconds: as given, or for a fleet: Parameter Store answers 40 calls a second for an account. */}}
{{- define "tsboot.splay" -}}
{{- if .Values.splay -}}
{{ include "tsboot.seconds" .Values.splay }}
{{- else if and .Values.hosts (or .Values.ssmPath .Values.ssmParameter) -}}
{{- $deadline := include "tsboot.seconds" (.Values.fetchTimeout | default "5m") | int -}}
{{- $most := 240 -}}
{{- if gt $deadline 0 -}}{{- $most = min 240 (div (mul $deadline 4) 5) -}}{{- end -}}
{{ min $most (div (int .Values.hosts) 40) }}
{{- else -}}
0
{{- end -}}
{{- end -}}

{{/* The arguments of tsboot, as a YAML list: flags in their order, then the command. Each $ is there twice: Kubernetes takes one for a variable. */}}
{{- define "tsboot.args" -}}
{{- $args := list "--profile" .Values.profile -}}
{{- range .Values.ssmPath }}{{ $args = concat $args (list "--ssm-path" .) }}{{ end -}}
{{- range .Values.ssmParameter }}{{ $args = concat $args (list "--ssm-parameter" .) }}{{ end -}}
{{- with .Values.ssmFetch }}{{ $args = concat $args (list "--ssm-fetch" .) }}{{ end -}}
{{- range .Values.secretsDir }}{{ $args = concat $args (list "--secrets-dir" .) }}{{ end -}}
{{- range $key, $value := .Values.set }}{{ $args = concat $args (list "--set" (printf "%s=%s" $key $value)) }}{{ end -}}
{{- with .Values.region }}{{ $args = concat $args (list "--region" .) }}{{ end -}}
{{- with .Values.fetchTimeout }}{{ $args = concat $args (list "--fetch-timeout" .) }}{{ end -}}
{{- with .Values.splay }}{{ $args = concat $args (list "--splay" .) }}{{ end -}}
{{- with .Values.onFetchFailure }}{{ $args = concat $args (list "--on-fetch-failure" .) }}{{ end -}}
{{- with .Values.refresh }}{{ $args = concat $args (list "--refresh" .) }}{{ end -}}
{{- with .Values.restart }}{{ $args = concat $args (list "--restart" .) }}{{ end -}}
{{- with .Values.grace }}{{ $args = concat $args (list "--grace" .) }}{{ end -}}
{{- with .Values.user }}{{ $args = concat $args (list "--user" .) }}{{ end -}}
{{- with .Values.workingDir }}{{ $args = concat $args (list "--working-dir" .) }}{{ end -}}
{{- with .Values.metricsFile }}{{ $args = concat $args (list "--metrics-file" .) }}{{ end -}}
{{- if not .Values.runDir }}{{ $args = append $args "--run-dir=" }}{{ else if ne .Values.runDir "/run/tsboot" }}{{ $args = concat $args (list "--run-dir" .Values.runDir) }}{{ end -}}
{{- with .Values.logLevel }}{{ $args = concat $args (list "--log-level" .) }}{{ end -}}
{{- with .Values.logFormat }}{{ $args = concat $args (list "--log-format" .) }}{{ end -}}
{{- $splay := include "tsboot.splay" . | int -}}
{{- if and (not .Values.splay) $splay }}{{ $args = concat $args (list "--splay" (duration (int64 $splay))) }}{{ end -}}
{{- $args = concat $args .Values.extraArgs -}}
{{- with .Values.command }}{{ $args = concat $args (list "--") . }}{{ end -}}
{{- range $args }}
- {{ . | replace "$" "$$" | quote }}
{{- end -}}
{{- end -}}

{{/* What is mounted and where it comes from, as YAML: mounts of the host, Secrets, directories of tsboot's own. */}}
{{- define "tsboot.mounts" -}}
{{- $name := include "tsboot.name" . -}}
{{- $needs := include "tsboot.needs" . | fromYaml -}}
{{- $given := list -}}{{- $paths := list -}}
{{- range $i, $text := .Values.mounts -}}
{{- $parts := splitList ":" $text -}}
{{- $given = append $given (dict "name" (printf "mount-%d" (add1 $i)) "host" (index $parts 0) "path" (index $parts 1) "writable" (eq (len $parts) 3)) -}}
{{- $paths = append $paths (index $parts 1) -}}
{{- end -}}
{{- $mounts := list -}}
{{- range $needs.mounts }}{{ if not (has .path $paths) }}{{ $mounts = append $mounts . }}{{ end }}{{ end -}}
{{- $mounts = concat $mounts $given -}}
{{- with .Values.metricsFile -}}
{{- $dir := dir . -}}{{- $covered := false -}}
{{- range $mounts }}{{ if eq .path $dir }}{{ $_ := set . "writable" true }}{{ $covered = true }}{{ end }}{{ end -}}
{{- if not $covered }}{{ $mounts = append $mounts (dict "name" "metrics" "host" $dir "path" $dir "writable" true) }}{{ end -}}
{{- end -}}
{{- if eq .Values.onFetchFailure "use-existing" -}}
{{- range $i, $dir := $needs.directories -}}
{{- $covered := false -}}
{{- range $mounts }}{{ if and .writable (hasPrefix (printf "%s/" .path) (printf "%s/" $dir)) }}{{ $covered = true }}{{ end }}{{ end -}}
{{- if not $covered }}{{ $mounts = append $mounts (dict "name" (printf "config-%d" (add1 $i)) "host" (printf "/var/lib/tsboot/%s%s" $name $dir) "path" $dir "writable" true) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $secrets := list -}}
{{- range $dir := .Values.secretsDir -}}
{{- $covered := has $dir $secrets -}}
{{- range $mounts }}{{ if hasPrefix (printf "%s/" (trimSuffix "/" .path)) (printf "%s/" $dir) }}{{ $covered = true }}{{ end }}{{ end -}}
{{- if not $covered }}{{ $secrets = append $secrets $dir }}{{ end -}}
{{- end -}}
{{- $own := $needs.directories | default list -}}
{{- with .Values.runDir }}{{ $own = append $own . }}{{ end -}}
{{- range $dir := $own -}}
{{- range $mounts }}{{ if and (not .writable) (hasPrefix (printf "%s/" (trimSuffix "/" .path)) (printf "%s/" $dir)) }}{{ fail (printf "mounts: %s:%s is read-only, and tsboot writes to %s; add :rw" .host .path $dir) }}{{ end }}{{ end -}}
{{- range $secrets }}{{ if hasPrefix (printf "%s/" .) (printf "%s/" $dir) }}{{ fail (printf "secretsDir: %s is read-only, and tsboot writes to %s" . $dir) }}{{ end }}{{ end -}}
{{- end -}}
{{- $readOnly := and $needs.readOnlyRoot (not $needs.user) (or (not .Values.runDir) (gt (len (splitList "/" .Values.runDir)) 2)) -}}
{{- $scratch := list -}}{{- $outer := list -}}
{{- if $readOnly -}}
{{- range $dir := concat $own ($needs.scratch | default list) | uniq | sortAlpha -}}
{{- $inside := false -}}
{{- range $outer }}{{ if hasPrefix (printf "%s/" .) (printf "%s/" $dir) }}{{ $inside = true }}{{ end }}{{ end -}}
{{- if not $inside -}}
{{- $outer = append $outer $dir -}}
{{- range $mounts }}{{ if and .writable (hasPrefix (printf "%s/" .path) (printf "%s/" $dir)) }}{{ $inside = true }}{{ end }}{{ end -}}
{{- if not $inside }}{{ $scratch = append $scratch (dict "path" $dir "own" (has $dir $own)) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ dict "mounts" $mounts "secrets" $secrets "scratch" $scratch "readOnly" $readOnly | toYaml }}
{{- end -}}
