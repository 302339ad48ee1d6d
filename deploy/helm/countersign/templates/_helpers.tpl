{{- define "countersign.name" -}}
{{- default .Chart.Name .Values.nameOverride -}}
{{- end -}}

{{- define "countersign.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains (include "countersign.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "countersign.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "countersign.selector" -}}
app.kubernetes.io/name: {{ include "countersign.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "countersign.labels" -}}
{{ include "countersign.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "countersign.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "countersign.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "countersign.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The file of settings. What the chart arranges is laid over what `config` says. */}}
{{- define "countersign.config" -}}
{{- $full := include "countersign.fullname" . -}}
{{- $own := list $full (printf "%s.%s" $full .Release.Namespace) (printf "%s.%s.svc" $full .Release.Namespace) -}}
{{- $arranged := dict
  "listen" "0.0.0.0:4443"
  "data" "/var/lib/countersign/data"
  "highWater" "/var/lib/countersign-marks/high-water"
  "access" (printf "/run/secrets/countersign/access/%s" .Values.access.key)
  "allowedHosts" (concat $own .Values.allowedHosts)
-}}
{{- if .Values.tls.secretName -}}
{{- $_ := set $arranged "tlsCert" "/run/secrets/countersign/tls/tls.crt" -}}
{{- $_ := set $arranged "tlsKey" "/run/secrets/countersign/tls/tls.key" -}}
{{- end -}}
{{- if .Values.masterKey.secretName -}}
{{- $_ := set $arranged "masterKeyFile" "/run/countersign/master.key" -}}
{{- end -}}
{{- if .Values.signer.secretName -}}
{{- $_ := set $arranged "signer" .Values.signer.url -}}
{{- $_ := set $arranged "signerCertificate" "/run/secrets/countersign/signer/tls.crt" -}}
{{- $_ := set $arranged "signerKey" "/run/secrets/countersign/signer/tls.key" -}}
{{- $_ := set $arranged "signerCa" "/run/secrets/countersign/signer/ca.crt" -}}
{{- end -}}
{{- if .Values.metrics.enabled -}}
{{- $_ := set $arranged "metricsListen" (printf "0.0.0.0:%d" (int .Values.metrics.port)) -}}
{{- $_ := set $arranged "unsafeOpenMetrics" true -}}
{{- end -}}
{{- mergeOverwrite (deepCopy .Values.config) $arranged | toPrettyJson -}}
{{- end -}}
