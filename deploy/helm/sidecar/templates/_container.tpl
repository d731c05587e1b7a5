{{/* The container, its volumes and its probes. */}}

{{- define "sidecar.env" -}}
{{- range $name, $value := include "sidecar.settings" . | fromYaml }}
- name: {{ $name }}
{{- if kindIs "map" $value }}
  {{- toYaml $value | nindent 2 }}
{{- else }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.extraEnv }}
- name: {{ $name }}
{{- if kindIs "map" $value }}
  {{- toYaml $value | nindent 2 }}
{{- else }}
  value: {{ include "sidecar.text" $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* A value as text: whole numbers without an exponent. */}}
{{- define "sidecar.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ int64 . }}{{ else }}{{ toString . }}{{ end -}}
{{- end }}

{{- define "sidecar.volumeMounts" -}}
- name: sidecar-tmp
  mountPath: /tmp
{{- if and (include "sidecar.isInPod" .) .Values.inPod.unixSocket.enabled }}
- name: sidecar-socket
  mountPath: /run/sidecar
{{- end }}
{{- range $name, $mount := include "sidecar.mounts" . | fromYaml }}
- name: {{ $name }}
  mountPath: {{ $mount.path }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Only the container mounts these. In a pod of its own its group reads them; in an app's pod, whose groups are the app's, everybody does. */}}
{{- define "sidecar.volumes" -}}
{{- $mode := ternary "0444" "0440" (not (empty (include "sidecar.isInPod" .))) -}}
- name: sidecar-tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if and (include "sidecar.isInPod" .) .Values.inPod.unixSocket.enabled }}
- name: sidecar-socket
  emptyDir:
    sizeLimit: 1Mi
{{- end }}
{{- range $name, $mount := include "sidecar.mounts" . | fromYaml }}
- name: {{ $name }}
{{- if $mount.secret }}
  secret:
    secretName: {{ toYaml $mount.secret }}
    defaultMode: {{ $mode }}
{{- else }}
  configMap:
    name: {{ toYaml $mount.configMap }}
    defaultMode: {{ $mode }}
{{- end }}
{{- if $mount.key }}
    items:
      - key: {{ $mount.key | quote }}
        path: {{ $mount.file }}
{{- else if $mount.files }}
    items:
{{- range $file, $key := $mount.files }}
      - key: {{ $key | quote }}
        path: {{ $file }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Liveness never asks for readiness: a key that the cloud refuses must not restart anything. That is why it asks for an open port where
     there is no metrics port: the gRPC health service tells readiness alone. Inside a pod the gRPC port is on 127.0.0.1, which only
     commands in the container reach. */}}
{{- define "sidecar.probes" -}}
{{- $inPod := include "sidecar.isInPod" . -}}
{{- $livez := dict -}}
{{- $readyz := dict -}}
{{- if .Values.metrics.enabled -}}
{{- $port := ternary "sidecar-metrics" "metrics" (not (empty $inPod)) -}}
{{- $livez = dict "httpGet" (dict "path" "/livez" "port" $port) -}}
{{- $readyz = dict "httpGet" (dict "path" "/readyz" "port" $port) -}}
{{- else if $inPod -}}
{{- $livez = dict "exec" (dict "command" (list "/app/sidecar" "health")) -}}
{{- $readyz = dict "exec" (dict "command" (list "/app/sidecar" "ready")) -}}
{{- else -}}
{{- $livez = dict "tcpSocket" (dict "port" "grpc") -}}
{{- $readyz = dict "grpc" (dict "port" (int64 .Values.grpc.port)) -}}
{{- end -}}
startupProbe:
  {{- /* The app's containers start after this one has succeeded. */}}
  {{- toYaml (ternary $readyz $livez (not (empty $inPod))) | nindent 2 }}
  {{- toYaml .Values.probes.startup | nindent 2 }}
livenessProbe:
  {{- toYaml $livez | nindent 2 }}
  {{- toYaml .Values.probes.liveness | nindent 2 }}
readinessProbe:
  {{- toYaml $readyz | nindent 2 }}
  {{- toYaml .Values.probes.readiness | nindent 2 }}
{{- end }}

{{- define "sidecar.container" -}}
{{- $inPod := include "sidecar.isInPod" . -}}
name: sidecar
image: {{ include "sidecar.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- if $inPod }}
restartPolicy: Always
{{- end }}
env:
  {{- include "sidecar.env" . | trim | nindent 2 }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if or (not $inPod) .Values.metrics.enabled }}
ports:
{{- if not $inPod }}
{{- if .Values.grpc.plaintext }}
  - name: grpc
    containerPort: {{ int64 .Values.grpc.port }}
{{- end }}
{{- if .Values.tls.enabled }}
  - name: grpc-tls
    containerPort: {{ int64 .Values.tls.port }}
{{- end }}
{{- if include "sidecar.isCluster" . }}
  - name: cluster
    containerPort: {{ int64 .Values.cluster.port }}
  - name: cluster-members
    containerPort: {{ add1 (int64 .Values.cluster.port) }}
{{- end }}
{{- end }}
{{- if .Values.metrics.enabled }}
  - name: {{ ternary "sidecar-metrics" "metrics" (not (empty $inPod)) }}
    containerPort: {{ int64 .Values.metrics.port }}
{{- end }}
{{- end }}
{{ include "sidecar.probes" . }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  {{- include "sidecar.volumeMounts" . | trim | nindent 2 }}
{{- end }}
