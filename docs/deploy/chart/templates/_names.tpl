{{- define "hreg.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "hreg.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "hreg.selectorLabels" -}}
app.kubernetes.io/name: {{ include "hreg.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "hreg.labels" -}}
{{ include "hreg.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "hreg.usersSecret" -}}
{{- .Values.users.existingSecret | default (printf "%s-users" (include "hreg.fullname" .)) }}
{{- end }}

{{- define "hreg.scheme" -}}
{{- ternary "https" "http" (not (empty .Values.tls.existingSecret)) }}
{{- end }}

{{- /* The configuration file: what the values say, and over it what is the chart's. */ -}}
{{- define "hreg.config" -}}
{{- $parameters := dict "storagedriver" "filesystem" "rootdirectory" "/var/lib/hreg" }}
{{- $defaults := dict "manager" (dict "name" "simple" "parameters" (dict "locktimeout" 5000)) }}
{{- $own := dict "listen" ":8099" "manager" (dict "parameters" $parameters) }}
{{- $own = set $own "auth" (dict "htpasswd" "/etc/hreg/users/users") }}
{{- if .Values.tls.existingSecret }}
{{- $own = set $own "tls" (dict "certificate" "/etc/hreg/tls/tls.crt" "key" "/etc/hreg/tls/tls.key") }}
{{- end }}
{{- toYaml (mustMergeOverwrite $defaults (deepCopy .Values.config) $own) }}
{{- end }}
