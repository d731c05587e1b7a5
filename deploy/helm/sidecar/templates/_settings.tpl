{{/* What the service is told: its variables, and the files that they name. */}}

{{- define "sidecar.isInPod" -}}
{{- if eq .Values.mode "inPod" }}true{{ end -}}
{{- end }}

{{/* The Secret with the server key: an existing one, the chart's, or none. */}}
{{- define "sidecar.keySecret" -}}
{{- if .Values.existingSecret.name -}}
{{- .Values.existingSecret.name -}}
{{- else if .Values.serverApiKey -}}
{{- include "sidecar.suffixed" (dict "root" . "suffix" "-key") -}}
{{- end -}}
{{- end }}

{{- define "sidecar.redisSecret" -}}
{{- if .Values.redis.enabled -}}
{{- if .Values.redis.existingSecret.name -}}
{{- .Values.redis.existingSecret.name -}}
{{- else if .Values.redis.password -}}
{{- include "sidecar.suffixed" (dict "root" . "suffix" "-redis") -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Whether the pods are one cluster: as text, empty for no. An app's pods are none, whose values validation refuses. */}}
{{- define "sidecar.isCluster" -}}
{{- if and .Values.cluster.enabled (not (include "sidecar.isInPod" .)) }}true{{ end -}}
{{- end }}

{{- define "sidecar.peers" -}}
{{- include "sidecar.suffixed" (dict "root" . "suffix" "-peers") -}}
{{- end }}

{{/* The Secret with the nodes' certificate: an existing one, the chart's, cert-manager's, or none. The last two differ in their names, so
     that helm, which takes away the one, does not take away the other. */}}
{{- define "sidecar.clusterSecret" -}}
{{- if include "sidecar.isCluster" . -}}
{{- $mode := .Values.cluster.tls.mode -}}
{{- if eq $mode "existingSecret" -}}
{{- .Values.cluster.tls.existingSecret.name -}}
{{- else if eq $mode "generated" -}}
{{- include "sidecar.suffixed" (dict "root" . "suffix" "-cluster-tls") -}}
{{- else if eq $mode "certManager" -}}
{{- include "sidecar.suffixed" (dict "root" . "suffix" "-cluster-cert") -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The mounts: a map from a volume's name to its path, its source and the source's one entry, or several as a map from files to entries.
     Whole directories: what is mounted by subPath is never brought up to date. */}}
{{- define "sidecar.mounts" -}}
{{- with include "sidecar.keySecret" . }}
sidecar-key: {path: /etc/sidecar/key, secret: {{ . | quote }}, key: {{ $.Values.existingSecret.key | quote }}, file: server-api-key}
{{- end }}
{{- with include "sidecar.redisSecret" . }}
sidecar-redis: {path: /etc/sidecar/redis, secret: {{ . | quote }}, key: {{ $.Values.redis.existingSecret.key | quote }}, file: password}
{{- end }}
{{- if and .Values.redis.enabled .Values.redis.tls .Values.redis.tlsCa.secretName }}
sidecar-redis-ca: {path: /etc/sidecar/redis-ca, secret: {{ .Values.redis.tlsCa.secretName | quote }}, key: {{ .Values.redis.tlsCa.key | quote }}, file: ca.crt}
{{- end }}
{{- if .Values.tls.enabled }}
sidecar-tls: {path: /etc/sidecar/tls, secret: {{ .Values.tls.secretName | quote }}}
{{- with .Values.tls.clientCa.secretName }}
sidecar-tls-client-ca: {path: /etc/sidecar/tls-client-ca, secret: {{ . | quote }}, key: {{ $.Values.tls.clientCa.key | quote }}, file: ca.crt}
{{- end }}
{{- end }}
{{- with include "sidecar.clusterSecret" . }}
{{- $keys := ternary $.Values.cluster.tls.existingSecret (dict "certKey" "tls.crt" "keyKey" "tls.key" "caKey" "ca.crt") (eq $.Values.cluster.tls.mode "existingSecret") }}
sidecar-cluster:
  path: /etc/sidecar/cluster
  secret: {{ . | quote }}
  files: {tls.crt: {{ $keys.certKey | quote }}, tls.key: {{ $keys.keyKey | quote }}, ca.crt: {{ $keys.caKey | quote }}}
{{- end }}
{{- if .Values.fallback }}
sidecar-fallback: {path: /etc/sidecar/fallback, configMap: {{ include "sidecar.suffixed" (dict "root" . "suffix" "-fallback") | quote }}}
{{- end }}
{{- if and .Values.offline.enabled .Values.offline.dataConfigMap.name }}
sidecar-offline: {path: /etc/sidecar/offline, configMap: {{ .Values.offline.dataConfigMap.name | quote }}, key: {{ .Values.offline.dataConfigMap.key | quote }}, file: data.json}
{{- end }}
{{- end }}

{{/* The variables that the values set: a map from names to text, or to where Kubernetes takes it from. */}}
{{- define "sidecar.settings" -}}
{{- $inPod := include "sidecar.isInPod" . -}}
{{- $mounts := include "sidecar.mounts" . | fromYaml -}}
{{- if $inPod }}
GRPC_PORT: {{ int64 .Values.inPod.grpcPort | quote }}
GRPC_BIND: "127.0.0.1"
READY_WHEN: serving
SHUTDOWN_DRAIN_SECONDS: "0"
{{- if .Values.inPod.unixSocket.enabled }}
GRPC_UNIX_SOCKET: /run/sidecar/sidecar.sock
GRPC_UNIX_SOCKET_MODE: {{ .Values.inPod.unixSocket.mode | quote }}
{{- end }}
{{- else }}
GRPC_PORT: {{ ternary (int64 .Values.grpc.port | toString) "off" .Values.grpc.plaintext | quote }}
READY_WHEN: {{ .Values.readyWhen }}
SHUTDOWN_DRAIN_SECONDS: {{ .Values.drainSeconds | int64 | quote }}
GRPC_MAX_CONNECTION_AGE_SECONDS: {{ ternary "off" (.Values.grpc.maxConnectionAgeSeconds | int64 | toString) (eq 0 (int .Values.grpc.maxConnectionAgeSeconds)) | quote }}
{{- end }}
{{- if include "sidecar.isCluster" . }}
CLUSTER_ENABLED: "true"
CLUSTER_HOST: {valueFrom: {fieldRef: {fieldPath: status.podIP}}}
CLUSTER_PORT: {{ .Values.cluster.port | int64 | quote }}
CLUSTER_DISCOVERY: dns
CLUSTER_DNS_NAME: {{ printf "%s.%s.svc" (include "sidecar.peers" .) .Release.Namespace }}
{{- include "sidecar.number" (list "CLUSTER_REQUIRED_CONTACT_POINTS" .Values.cluster.requiredContactPoints) }}
{{- if hasKey $mounts "sidecar-cluster" }}
CLUSTER_TLS: "on"
CLUSTER_TLS_CERT_FILE: /etc/sidecar/cluster/tls.crt
CLUSTER_TLS_KEY_FILE: /etc/sidecar/cluster/tls.key
CLUSTER_TLS_CA_FILE: /etc/sidecar/cluster/ca.crt
CLUSTER_TLS_NAME: {{ .Values.cluster.tls.name | quote }}
{{- else }}
CLUSTER_TLS: "off"
{{- end }}
{{- end }}
{{- if or .Values.metrics.enabled $inPod }}
METRICS_PORT: {{ .Values.metrics.port | int64 | quote }}
STATUS_PAGE: {{ ternary "on" "off" .Values.metrics.statusPage | quote }}
{{- if not .Values.metrics.enabled }}
METRICS_BIND: "127.0.0.1"
{{- end }}
{{- else }}
METRICS_PORT: "off"
{{- end }}
{{- if .Values.diagnostics.port }}
DIAGNOSTICS_PORT: {{ .Values.diagnostics.port | int64 | quote }}
{{- else if $inPod }}
{{- /* The pod's loopback is the application's, which may want the default port for itself. */}}
DIAGNOSTICS_PORT: "off"
{{- end }}
{{- if .Values.tls.enabled }}
PORT: {{ .Values.tls.port | int64 | quote }}
TLS_CERT_FILE: /etc/sidecar/tls/tls.crt
TLS_KEY_FILE: /etc/sidecar/tls/tls.key
{{- if hasKey $mounts "sidecar-tls-client-ca" }}
TLS_CLIENT_CA_FILE: /etc/sidecar/tls-client-ca/ca.crt
{{- end }}
{{- else }}
PORT: "off"
{{- end }}
{{- if hasKey $mounts "sidecar-key" }}
SERVER_API_KEY_FILE: /etc/sidecar/key/server-api-key
{{- else if .Values.serverApiKeyFile }}
SERVER_API_KEY_FILE: {{ .Values.serverApiKeyFile | quote }}
{{- end }}
{{- with .Values.apiUrl }}
API_URL: {{ . | quote }}
{{- end }}
EDGE_ENABLED: {{ .Values.edge.enabled | quote }}
{{- with .Values.edge.url }}
EDGE_API_URL: {{ . | quote }}
{{- end }}
WS_ENABLED: {{ .Values.stream.enabled | quote }}
{{- with .Values.stream.url }}
WS_URL: {{ . | quote }}
{{- end }}
{{- if .Values.offline.enabled }}
OFFLINE: "true"
{{- if hasKey $mounts "sidecar-offline" }}
OFFLINE_DATA_FILE: /etc/sidecar/offline/data.json
{{- end }}
{{- end }}
{{- if hasKey $mounts "sidecar-fallback" }}
ENTITLEMENTS_FALLBACK_FILE: /etc/sidecar/fallback/fallback.json
{{- end }}
{{- include "sidecar.number" (list "UPSTREAM_MAX_RPS" .Values.upstream.maxRequestsPerSecond) }}
{{- include "sidecar.number" (list "CACHE_MAX_SIZE_BYTES" .Values.cache.maxSizeBytes) }}
{{- include "sidecar.number" (list "CACHE_REVALIDATE_SECONDS" .Values.cache.revalidateSeconds) }}
{{- include "sidecar.number" (list "CACHE_MAX_AGE_SECONDS" .Values.cache.maxAgeSeconds) }}
{{- include "sidecar.number" (list "NEGATIVE_CACHE_SECONDS" .Values.cache.negativeSeconds) }}
{{- include "sidecar.number" (list "REVALIDATE_WAIT_MS" .Values.cache.revalidateWaitMs) }}
{{- with .Values.redis }}
{{- if .enabled }}
REDIS_ENVIRONMENT_PREFIX: {{ .environmentPrefix | quote }}
REDIS_HOST: {{ .host | quote }}
{{- if .sentinelMaster }}
REDIS_SENTINEL_MASTER: {{ .sentinelMaster | quote }}
{{- else }}
REDIS_PORT: {{ .port | int64 | quote }}
{{- end }}
REDIS_DB: {{ .db | int64 | quote }}
{{- with .username }}
REDIS_USERNAME: {{ . | quote }}
{{- end }}
{{- if hasKey $mounts "sidecar-redis" }}
REDIS_PASSWORD_FILE: /etc/sidecar/redis/password
{{- end }}
REDIS_TLS: {{ .tls | quote }}
{{- if hasKey $mounts "sidecar-redis-ca" }}
REDIS_TLS_CA_FILE: /etc/sidecar/redis-ca/ca.crt
{{- end }}
REDIS_MAINTAINED: {{ .maintained }}
{{- include "sidecar.number" (list "REDIS_KEYS_TTL_IN_SECS" .keysTtlSeconds) }}
{{- include "sidecar.number" (list "REDIS_TIMEOUT_MS" .timeoutMs) }}
{{- end }}
{{- end }}
LOG_LEVEL: {{ .Values.logLevel }}
{{- end }}

{{/* A variable with a whole number, unless that is null: (name, number). */}}
{{- define "sidecar.number" -}}
{{- if not (kindIs "invalid" (last .)) }}
{{ first . }}: {{ last . | int64 | quote }}
{{- end }}
{{- end }}

{{/* The value that a variable of "sidecar.settings" comes from, for messages. */}}
{{- define "sidecar.valueNames" -}}
GRPC_PORT: {{ ternary "inPod.grpcPort" "grpc.port" (eq .Values.mode "inPod") }}
GRPC_UNIX_SOCKET_MODE: inPod.unixSocket.mode
GRPC_MAX_CONNECTION_AGE_SECONDS: grpc.maxConnectionAgeSeconds
READY_WHEN: readyWhen
SHUTDOWN_DRAIN_SECONDS: drainSeconds
CLUSTER_ENABLED: cluster.enabled
CLUSTER_PORT: cluster.port
CLUSTER_REQUIRED_CONTACT_POINTS: cluster.requiredContactPoints
CLUSTER_TLS: cluster.tls.mode
CLUSTER_TLS_CERT_FILE: cluster.tls
CLUSTER_TLS_KEY_FILE: cluster.tls
CLUSTER_TLS_CA_FILE: cluster.tls
CLUSTER_TLS_NAME: cluster.tls.name
METRICS_PORT: metrics.port
STATUS_PAGE: metrics.statusPage
METRICS_BIND: metrics.enabled
DIAGNOSTICS_PORT: diagnostics.port
PORT: tls.enabled and tls.port
TLS_CERT_FILE: tls.secretName
TLS_KEY_FILE: tls.secretName
TLS_CLIENT_CA_FILE: tls.clientCa
SERVER_API_KEY_FILE: existingSecret or serverApiKeyFile
API_URL: apiUrl
EDGE_ENABLED: edge.enabled
EDGE_API_URL: edge.url
WS_ENABLED: stream.enabled
WS_URL: stream.url
OFFLINE: offline.enabled
OFFLINE_DATA_FILE: offline.dataConfigMap
ENTITLEMENTS_FALLBACK: fallback
ENTITLEMENTS_FALLBACK_FILE: fallback
UPSTREAM_MAX_RPS: upstream.maxRequestsPerSecond
CACHE_MAX_SIZE_BYTES: cache.maxSizeBytes
CACHE_REVALIDATE_SECONDS: cache.revalidateSeconds
CACHE_MAX_AGE_SECONDS: cache.maxAgeSeconds
NEGATIVE_CACHE_SECONDS: cache.negativeSeconds
REVALIDATE_WAIT_MS: cache.revalidateWaitMs
REDIS_ENVIRONMENT_PREFIX: redis.environmentPrefix
REDIS_HOST: redis.host
REDIS_PORT: redis.port
REDIS_DB: redis.db
REDIS_USERNAME: redis.username
REDIS_PASSWORD_FILE: redis.existingSecret
REDIS_TLS: redis.tls
REDIS_TLS_CA_FILE: redis.tlsCa
REDIS_MAINTAINED: redis.maintained
REDIS_KEYS_TTL_IN_SECS: redis.keysTtlSeconds
REDIS_TIMEOUT_MS: redis.timeoutMs
LOG_LEVEL: logLevel
{{- end }}

{{/* What can be wrong beyond the schema's reach. */}}
{{- define "sidecar.validate" -}}
{{- $inPod := include "sidecar.isInPod" . -}}
{{- $keys := compact (list .Values.serverApiKey .Values.existingSecret.name .Values.serverApiKeyFile) -}}
{{- if and (empty $keys) (not .Values.offline.enabled) -}}
{{- fail "There is no server key: set existingSecret.name to a Secret with it, or serverApiKey, or offline.enabled to do without the cloud." -}}
{{- end -}}
{{- if gt (len $keys) 1 -}}
{{- fail "Set only one of serverApiKey, existingSecret.name and serverApiKeyFile: it would not be clear which key counts." -}}
{{- end -}}
{{- if and (eq .Values.image.tag "latest") (empty .Values.image.digest) -}}
{{- fail "image.tag is latest, which names another image every day: set a version, or image.digest." -}}
{{- end -}}
{{- if .Values.redis.enabled -}}
{{- if empty .Values.redis.host }}{{ fail "redis.host has to be set where redis.enabled is true." }}{{ end -}}
{{- if and .Values.redis.sentinelMaster (not (regexMatch `^(\[[0-9A-Fa-f:.]+\]|[^:,\[\]]+):[0-9]+(,(\[[0-9A-Fa-f:.]+\]|[^:,\[\]]+):[0-9]+)*$` .Values.redis.host)) }}{{ fail "redis.host names the sentinels where redis.sentinelMaster is set: a list of host:port, such as one:26379,two:26379." }}{{ end -}}
{{- if and (empty .Values.redis.sentinelMaster) (not (regexMatch `^([^:,/@\[\]]+|\[?[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]?)$` .Values.redis.host)) }}{{ fail (printf "redis.host is %q, expected one host name or IP address: its port is redis.port, and a list of host:port needs redis.sentinelMaster." .Values.redis.host) }}{{ end -}}
{{- if and .Values.redis.tlsCa.secretName (not .Values.redis.tls) }}{{ fail (printf "redis.tlsCa.secretName is %q, expected redis.tls to be true with it: without TLS it has no effect." .Values.redis.tlsCa.secretName) }}{{ end -}}
{{- if empty .Values.redis.environmentPrefix }}{{ fail "redis.environmentPrefix has to be set where redis.enabled is true." }}{{ end -}}
{{- if eq (toString .Values.redis.keysTtlSeconds) "0" }}{{ fail "redis.keysTtlSeconds is 0, so that nothing would be kept: set at least 1, or a negative number for no expiry." }}{{ end -}}
{{- if and .Values.redis.password .Values.redis.existingSecret.name -}}
{{- fail "Set only one of redis.password and redis.existingSecret.name: it would not be clear which password counts." -}}
{{- end -}}
{{- end -}}
{{- if and .Values.tls.enabled (empty .Values.tls.secretName) -}}
{{- fail "tls.secretName has to be set where tls.enabled is true: an existing Secret of type kubernetes.io/tls." -}}
{{- end -}}
{{- if not (or .Values.grpc.plaintext $inPod) -}}
{{- if not .Values.tls.enabled }}{{ fail "grpc.plaintext is false and tls.enabled, too: there would be no way in." }}{{ end -}}
{{- if not .Values.metrics.enabled }}{{ fail "grpc.plaintext and metrics.enabled are both false: Kubernetes can't ask for readiness over TLS." }}{{ end -}}
{{- end -}}
{{- with .Values.cluster -}}
{{- if .enabled -}}
{{- if $inPod }}{{ fail "cluster.enabled needs mode standalone: inside an app's pod the chart makes nothing that lets nodes find each other." }}{{ end -}}
{{- if and (eq .tls.mode "existingSecret") (empty .tls.existingSecret.name) }}{{ fail "cluster.tls.existingSecret.name has to be set where cluster.tls.mode is existingSecret." }}{{ end -}}
{{- if and (ne .tls.mode "existingSecret") .tls.existingSecret.name }}{{ fail (printf "cluster.tls.existingSecret.name is %q, expected cluster.tls.mode to be existingSecret with it, not %s: it would have no effect." .tls.existingSecret.name .tls.mode) }}{{ end -}}
{{- with .tls.existingSecret }}{{ if ne 3 (len (uniq (list .certKey .keyKey .caKey))) }}{{ fail "cluster.tls.existingSecret.certKey, keyKey and caKey have to be three different entries." }}{{ end }}{{ end -}}
{{- if and (eq .tls.mode "certManager") (empty .tls.certManager.issuerRef.name) }}{{ fail "cluster.tls.certManager.issuerRef.name has to be set where cluster.tls.mode is certManager." }}{{ end -}}
{{- if and (ne .tls.mode "certManager") .tls.certManager.issuerRef.name }}{{ fail (printf "cluster.tls.certManager.issuerRef.name is %q, expected cluster.tls.mode to be certManager with it, not %s: it would have no effect." .tls.certManager.issuerRef.name .tls.mode) }}{{ end -}}
{{- if le (.tls.certManager.duration | trimSuffix "h" | int64) (.tls.certManager.renewBefore | trimSuffix "h" | int64) }}{{ fail (printf "cluster.tls.certManager.renewBefore is %s, expected less than cluster.tls.certManager.duration, %s." .tls.certManager.renewBefore .tls.certManager.duration) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $ports := dict -}}
{{- $used := list (list (ternary "inPod.grpcPort" "grpc.port" (not (empty $inPod))) (ternary .Values.inPod.grpcPort .Values.grpc.port (not (empty $inPod)))) -}}
{{- if or .Values.metrics.enabled $inPod }}{{ $used = append $used (list "metrics.port" .Values.metrics.port) }}{{ end -}}
{{- if .Values.tls.enabled }}{{ $used = append $used (list "tls.port" .Values.tls.port) }}{{ end -}}
{{- if include "sidecar.isCluster" . }}{{ $used = concat $used (list (list "cluster.port" .Values.cluster.port) (list "cluster.port + 1" (add1 (int64 .Values.cluster.port)))) }}{{ end -}}
{{- range $used -}}
{{- $name := first . -}}
{{- $port := last . | int64 | toString -}}
{{- with get $ports $port }}{{ fail (printf "%s and %s are both %s: each port can be opened once." . $name $port) }}{{ end -}}
{{- $_ := set $ports $port (first .) -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (not (and .Values.metrics.enabled .Values.metrics.service.enabled)) -}}
{{- fail "serviceMonitor.enabled needs metrics.enabled and metrics.service.enabled: there would be nothing to scrape." -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled $inPod -}}
{{- fail "serviceMonitor.enabled needs mode standalone: inside an app's pod, scrape the port sidecar-metrics by a PodMonitor of the app's." -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (gt (int64 .Values.autoscaling.minReplicas) (int64 .Values.autoscaling.maxReplicas)) -}}
{{- fail "autoscaling.minReplicas is greater than autoscaling.maxReplicas." -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not (or .Values.autoscaling.targetCPUUtilizationPercentage .Values.autoscaling.targetMemoryUtilizationPercentage)) -}}
{{- fail "autoscaling.enabled needs autoscaling.targetCPUUtilizationPercentage or autoscaling.targetMemoryUtilizationPercentage." -}}
{{- end -}}
{{- with .Values.podDisruptionBudget -}}
{{- if and .enabled (kindIs "invalid" .maxUnavailable) (kindIs "invalid" .minAvailable) -}}
{{- fail "podDisruptionBudget.enabled needs podDisruptionBudget.maxUnavailable or podDisruptionBudget.minAvailable." -}}
{{- end -}}
{{- end -}}
{{- with .Values.strategy -}}
{{- if and (eq .type "RollingUpdate") .rollingUpdate -}}
{{- $none := list "0" "0%" -}}
{{- if and (has (toString .rollingUpdate.maxUnavailable) $none) (has (toString .rollingUpdate.maxSurge) $none) -}}
{{- fail "strategy.rollingUpdate.maxUnavailable and strategy.rollingUpdate.maxSurge are both 0: no pod could ever be replaced." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $path, $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "serviceMonitor.labels" .Values.serviceMonitor.labels "prometheusRule.labels" .Values.prometheusRule.labels "dashboard.labels" .Values.dashboard.labels -}}
{{- range $name, $_ := $labels -}}
{{- if has $name (include "sidecar.ownLabels" $path | fromJsonArray) -}}
{{- fail (printf "%s has %s, which the chart sets itself." $path $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
{{- range $name, $_ := .Values.extraEnv -}}
{{- if has $name (list "SERVER_API_KEY" "REDIS_PASSWORD") -}}
{{- fail (printf "extraEnv.%s: a secret is never given by a variable; use existingSecret or redis.existingSecret." $name) -}}
{{- end -}}
{{- if has $name (list "HEALTH_ENDPOINT_URL" "READY_ENDPOINT_URL") -}}
{{- fail (printf "extraEnv.%s: the probes ask /livez and /readyz, which are the service's defaults; leave it out." $name) -}}
{{- end -}}
{{- if and (hasPrefix "CLUSTER_" $name) (or $inPod (has $name (list "CLUSTER_HOST" "CLUSTER_DISCOVERY" "CLUSTER_DNS_NAME" "CLUSTER_NODES"))) -}}
{{- fail (printf "extraEnv.%s: the chart itself says how nodes find each other; use cluster.enabled, with mode standalone." $name) -}}
{{- end -}}
{{- if or (hasKey $settings $name) (hasKey $settings (printf "%s_FILE" $name)) -}}
{{- if and $inPod (has $name (list "GRPC_BIND" "READY_WHEN" "SHUTDOWN_DRAIN_SECONDS" "GRPC_UNIX_SOCKET")) -}}
{{- fail (printf "extraEnv.%s: the chart sets it; inside an app's pod it is always %s." $name (get $settings $name)) -}}
{{- end -}}
{{- fail (printf "extraEnv.%s: the chart sets it from a value of its own; use %s." $name (get (include "sidecar.valueNames" $ | fromYaml) $name | default "that value")) -}}
{{- end -}}
{{- end -}}
{{- if and $inPod (not (semverCompare ">=1.29.0-0" .Capabilities.KubeVersion.Version)) -}}
{{- fail (printf "mode inPod needs Kubernetes 1.29 or later, where init containers can run beside the app; this is %s." .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end }}
