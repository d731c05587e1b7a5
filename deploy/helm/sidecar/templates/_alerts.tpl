{{/* The alerts, as a list. The first seven are those that the original's documents ask for, with their thresholds. */}}
{{- define "sidecar.alerts" -}}
{{- $of := .Values.prometheusRule.selector -}}
{{- if not $of -}}
{{- if include "sidecar.isInPod" . -}}
{{- $of = printf `namespace="%s",container="sidecar"` .Release.Namespace -}}
{{- else -}}
{{- $of = printf `namespace="%s",job="%s"` .Release.Namespace (include "sidecar.suffixed" (dict "root" . "suffix" "-metrics")) -}}
{{- end -}}
{{- end -}}
{{- $deployment := printf `namespace="%s",deployment="%s"` .Release.Namespace (include "sidecar.fullname" .) -}}
{{- $limits := .Values.prometheusRule.thresholds -}}
{{- $critical := .Values.prometheusRule.severity.critical | quote -}}
{{- $warning := .Values.prometheusRule.severity.warning | quote -}}
- alert: SidecarInitializationErrors
  expr: max by (namespace, pod) (sidecar_initialization_errors_total{ {{- $of -}} }) > 0
  severity: {{ $critical }}
  summary: '{{ "{{ $labels.pod }}" }} started with errors'
  description: >-
    Its settings, its key or its way to the cloud are not right; its log says which. Roll back to the last configuration that worked.
    It counts since the start, so that this ends with a restart once the cause is gone.
- alert: SidecarInvalidApiKey
  expr: sum by (namespace, pod) (increase(sidecar_invalid_api_key_errors_total{ {{- $of -}} }[5m])) > 0
  severity: {{ $critical }}
  summary: The cloud refuses the key of {{ "{{ $labels.pod }}" }}
  description: Nothing new is learnt and no usage is reported. Put a valid server key into the Secret; no restart is needed.
- alert: SidecarNetworkErrors
  expr: sum by (namespace, pod) (increase(sidecar_network_request_errors_total{ {{- $of -}} }[5m])) > 0
  severity: {{ $warning }}
  summary: Requests of {{ "{{ $labels.pod }}" }} to the cloud fail
  description: There were {{ `{{ printf "%.0f" $value }}` }} failures within 5 minutes. Answers come from memory meanwhile.
- alert: SidecarNetworkErrorsLasting
  expr: sum by (namespace, pod) (increase(sidecar_network_request_errors_total{ {{- $of -}} }[5m])) > 0
  for: 10m
  severity: {{ $critical }}
  summary: Requests of {{ "{{ $labels.pod }}" }} to the cloud have been failing for 10 minutes
  description: Look at the cloud's status page, and at egress to its API, Edge and WebSocket.
- alert: SidecarRedisErrors
  expr: sum by (namespace, pod) (increase(sidecar_redis_client_errors_total{ {{- $of -}} }[5m])) > 0
  severity: {{ $warning }}
  summary: Requests of {{ "{{ $labels.pod }}" }} to Redis fail
  description: There were {{ `{{ printf "%.0f" $value }}` }} failures within 5 minutes. Answers come from memory and the cloud meanwhile.
- alert: SidecarRedisErrorsLasting
  expr: sum by (namespace, pod) (increase(sidecar_redis_client_errors_total{ {{- $of -}} }[5m])) > 0
  for: 10m
  severity: {{ $critical }}
  summary: Requests of {{ "{{ $labels.pod }}" }} to Redis have been failing for 10 minutes
  description: Look at the host, the port, the password, TLS and the number of the database.
- alert: SidecarCacheMisses
  expr: >-
    sum(rate(sidecar_cache_misses_total{ {{- $of -}} }[15m]))
    / (sum(rate(sidecar_cache_misses_total{ {{- $of -}} }[15m])) + sum(rate(sidecar_cache_hits_total{ {{- $of -}} }[15m])))
    > {{ $limits.cacheMissRatio }}
    and (sum(rate(sidecar_cache_misses_total{ {{- $of -}} }[15m])) + sum(rate(sidecar_cache_hits_total{ {{- $of -}} }[15m]))) > 1
  for: 15m
  severity: {{ $warning }}
  summary: Memory answers few questions
  description: '{{ "{{ $value | humanizePercentage }}" }} of the questions go beyond memory. Is the cache too small, or the load spread over too many pods?'
{{- if not (include "sidecar.isInPod" .) }}
- alert: SidecarReplicasNotReady
  expr: kube_deployment_status_replicas_ready{ {{- $deployment -}} } < kube_deployment_spec_replicas{ {{- $deployment -}} }
  for: 10m
  severity: {{ $warning }}
  summary: Pods of {{ "{{ $labels.deployment }}" }} are not ready
  description: The readiness endpoint of each pod names its reasons, such as a key that the cloud refuses.
- alert: SidecarNoneReady
  expr: kube_deployment_status_replicas_ready{ {{- $deployment -}} } == 0 and kube_deployment_spec_replicas{ {{- $deployment -}} } > 0
  for: 2m
  severity: {{ $critical }}
  summary: No pod of {{ "{{ $labels.deployment }}" }} is ready
  description: Nobody answers questions about entitlements.
{{- if .Values.cluster.enabled }}
- alert: SidecarClusterIncomplete
  expr: min(sidecar_cluster_members{ {{- $of -}} }) < max(kube_deployment_spec_replicas{ {{- $deployment -}} })
  for: 10m
  severity: {{ $warning }}
  summary: A node sees {{ `{{ printf "%.0f" $value }}` }} members of the cluster, fewer than there are to be
  description: >-
    Nodes answer alone meanwhile, and the cloud is asked more than once for a customer. Are all pods ready, and do their certificates, the
    DNS name of the peers and network policies let them reach each other?
- alert: SidecarClusterSplit
  expr: min(sidecar_cluster_members{ {{- $of -}} }) < max(sidecar_cluster_members{ {{- $of -}} })
  for: 2m
  severity: {{ $warning }}
  summary: Nodes do not see the same members; one sees {{ `{{ printf "%.0f" $value }}` }}
  description: The cluster has fallen apart and has not come together by itself, as it does within half a minute. Can all pods reach each other?
- alert: SidecarClusterOwnersSilent
  expr: sum by (namespace, pod) (rate(sidecar_cluster_stand_in_questions_total{ {{- $of -}} }[5m])) > 0.1
  for: 10m
  severity: {{ $warning }}
  summary: '{{ "{{ $labels.pod }}" }} answers without the owners of customers'
  description: >-
    Other nodes do not answer it within 500 ms, or it has no place in the cluster, and it reads for itself meanwhile. Are pods short of CPU,
    or does the network between them lose messages?
{{- end }}
{{- end }}
- alert: SidecarStreamDown
  expr: sidecar_stream_enabled{ {{- $of -}} } == 1 and sidecar_stream_up{ {{- $of -}} } == 0
  for: 5m
  severity: {{ $warning }}
  summary: '{{ "{{ $labels.pod }}" }} receives no updates'
  description: Entries are read again by their age meanwhile, which costs requests. Does the WebSocket get through the proxies on the way?
- alert: SidecarCloudSuspended
  expr: max by (namespace, pod, target) (sidecar_upstream_suspended{ {{- $of -}} }) == 1
  for: 5m
  severity: {{ $warning }}
  summary: '{{ "{{ $labels.pod }}" }} has suspended reads from {{ "{{ $labels.target }}" }}'
  description: The cloud is in trouble. What is known is answered, and fallbacks where nothing is.
- alert: SidecarFallbackAnswers
  expr: >-
    sum(rate(sidecar_answers_total{ {{- $of -}},source=~"request_fallback|global_fallback|default"}[5m]))
    / sum(rate(sidecar_answers_total{ {{- $of -}} }[5m]))
    > {{ $limits.fallbackRatio }}
  for: 5m
  severity: {{ $critical }}
  summary: Fallbacks answer
  description: '{{ "{{ $value | humanizePercentage }}" }} of the answers are fallbacks, since nothing is known of the customer or the feature.'
- alert: SidecarStaleAnswers
  expr: >-
    sum(rate(sidecar_answers_total{ {{- $of -}},source="stale"}[5m]))
    / sum(rate(sidecar_answers_total{ {{- $of -}} }[5m]))
    > {{ $limits.staleRatio }}
  for: 10m
  severity: {{ $warning }}
  summary: Answers may be out of date
  description: '{{ "{{ $value | humanizePercentage }}" }} of the answers are what was last known, since the cloud does not answer in time.'
- alert: SidecarSlowAnswers
  expr: >-
    histogram_quantile(0.99, sum by (le) (rate(sidecar_answer_duration_seconds_bucket{ {{- $of -}} }[5m])))
    > {{ $limits.latencySeconds }}
  for: 10m
  severity: {{ $warning }}
  summary: Answers are slow
  description: One in a hundred takes {{ "{{ $value | humanizeDuration }}" }} or more. Is the cloud slow, or the CPU short?
- alert: SidecarCacheNearBound
  expr: >-
    max by (namespace, pod) (sidecar_cache_bytes{ {{- $of -}} } / sidecar_cache_max_bytes{ {{- $of -}} })
    > {{ $limits.cacheUsedRatio }}
  for: 15m
  severity: {{ $warning }}
  summary: The cache of {{ "{{ $labels.pod }}" }} is nearly full
  description: '{{ "{{ $value | humanizePercentage }}" }} are used. Raise the memory limit, or the bound of the cache.'
- alert: SidecarCacheEvictions
  expr: sum by (namespace, pod) (increase(sidecar_cache_evictions_total{ {{- $of -}} }[15m])) > 0
  for: 15m
  severity: {{ $warning }}
  summary: '{{ "{{ $labels.pod }}" }} evicts customers'
  description: The cache is smaller than the customers in use, who have to be read again and again.
- alert: SidecarReportsUncertain
  expr: sum by (namespace, pod) (increase(sidecar_usage_reports_total{ {{- $of -}},outcome=~"timed_out|unclear"}[5m])) > 0
  severity: {{ $warning }}
  summary: Usage that {{ "{{ $labels.pod }}" }} reported may be missing
  description: It was sent, and the cloud did not say what became of it; it is never sent again.
- alert: SidecarReportsFailing
  expr: >-
    sum by (namespace, pod, outcome) (increase(sidecar_usage_reports_total{ {{- $of -}},outcome=~"no_key|invalid_key|queue_full|not_sent|rate_limited|refused"}[5m])) > 0
  for: 5m
  severity: {{ $critical }}
  summary: Usage is not reported
  description: 'Reports of {{ "{{ $labels.pod }}" }} fail: {{ "{{ $labels.outcome }}" }}. Their callers were told.'
- alert: SidecarRestarts
  expr: max by (namespace, pod) (changes(process_start_time_seconds{ {{- $of -}} }[30m])) >= {{ $limits.restarts }}
  severity: {{ $critical }}
  summary: '{{ "{{ $labels.pod }}" }} keeps restarting'
  description: It started anew {{ `{{ printf "%.0f" $value }}` }} times within half an hour. What was in memory is lost each time.
{{- end }}
