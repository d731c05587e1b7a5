{{/* For charts of apps, which put the container into their own pods. All of these take the context of this chart as a dependency:
     .Subcharts.sidecar, or by its alias. The README shows where each of them goes. */}}

{{/* An entry of a pod's initContainers, before those that ask the service. */}}
{{- define "sidecar.nativeSidecar" -}}
{{- if ne .Values.mode "inPod" -}}
{{- fail (printf "mode is %s: set it to inPod where an app's chart includes sidecar.nativeSidecar." .Values.mode) -}}
{{- end -}}
- {{ include "sidecar.container" . | indent 2 | trim }}
{{- end }}

{{/* Entries of the pod's volumes. */}}
{{- define "sidecar.nativeSidecar.volumes" -}}
{{- include "sidecar.volumes" . | trim -}}
{{- end }}

{{/* Entries of the pod's securityContext.sysctls: what opens a port below 1024 to a process that is not root's. A safe one. */}}
{{- define "sidecar.nativeSidecar.sysctls" -}}
{{- if lt (int64 .Values.inPod.grpcPort) 1024 -}}
- name: net.ipv4.ip_unprivileged_port_start
  value: "0"
{{- else -}}
[]
{{- end -}}
{{- end }}

{{/* Annotations of the pod: new fallbacks start new pods, as all other new values do. */}}
{{- define "sidecar.nativeSidecar.annotations" -}}
checksum/sidecar-fallback: {{ toJson .Values.fallback | sha256sum }}
{{- end }}
