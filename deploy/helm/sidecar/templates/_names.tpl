{{/* Names and labels. */}}

{{/* A legal name of at most .max characters: DNS-1035, since Services share it. */}}
{{- define "sidecar.legal" -}}
{{- $name := .name | lower | replace "." "-" | replace "_" "-" -}}
{{- if not (regexMatch "^[a-z]" $name) }}{{ $name = printf "s-%s" $name }}{{ end -}}
{{- $name | trunc (int .max) | trimAll "-" -}}
{{- end }}

{{- define "sidecar.name" -}}
{{- include "sidecar.legal" (dict "name" (default .Chart.Name .Values.nameOverride) "max" 63) -}}
{{- end }}

{{- define "sidecar.fullname" -}}
{{- include "sidecar.suffixed" (dict "root" . "suffix" "") -}}
{{- end }}

{{/* The name of the release's objects with .suffix, which is never cut. */}}
{{- define "sidecar.suffixed" -}}
{{- $root := .root -}}
{{- $name := default $root.Chart.Name $root.Values.nameOverride -}}
{{- $full := $root.Release.Name -}}
{{- if $root.Values.fullnameOverride -}}
{{- $full = $root.Values.fullnameOverride -}}
{{- else if not (contains $name $root.Release.Name) -}}
{{- $full = printf "%s-%s" $root.Release.Name $name -}}
{{- end -}}
{{- include "sidecar.legal" (dict "name" $full "max" (sub 63 (len .suffix))) }}{{ .suffix -}}
{{- end }}

{{- define "sidecar.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sidecar.name" . | toYaml }}
app.kubernetes.io/instance: {{ .Release.Name | toYaml }}
{{- end }}

{{- define "sidecar.labels" -}}
{{- include "sidecar.labelsWith" (dict "root" . "labels" dict) -}}
{{- end }}

{{/* The labels of an object that has .labels of its own, which win over the common ones. */}}
{{- define "sidecar.labelsWith" -}}
{{- $root := .root -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "sidecar.selectorLabels" $root }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- with merge (dict) (default dict .labels) (default dict $root.Values.commonLabels) }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The labels that the value of that path may not have: others of these names would take pods away from their Services, or stand there twice. */}}
{{- define "sidecar.ownLabels" -}}
{{- $own := list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- if ne . "podLabels" }}{{ $own = concat $own (list "helm.sh/chart" "app.kubernetes.io/version" "app.kubernetes.io/managed-by") }}{{ end -}}
{{- if eq . "commonLabels" }}{{ $own = append $own "app.kubernetes.io/component" }}{{ end -}}
{{- toJson $own -}}
{{- end }}

{{- define "sidecar.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "sidecar.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "sidecar.image" -}}
{{- $image := .Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default .Chart.AppVersion $image.tag }}{{ end -}}
{{- end }}
