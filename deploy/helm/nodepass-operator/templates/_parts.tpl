{{/* Labels of everything. */}}
{{- define "nodepass.labels" -}}
app.kubernetes.io/name: nodepass-operator
app.kubernetes.io/part-of: nodepass
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Labels by which the pods are found: also by the NetworkPolicies of tunnels. They never change. */}}
{{- define "nodepass.selector" -}}
app.kubernetes.io/name: nodepass-operator
{{- end }}

{{/* An image: dict "image" (repository, tag, digest) "version" (the tag where none is said). */}}
{{- define "nodepass.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .version }}
{{- end }}
{{- end }}

{{/* A binding's account. */}}
{{- define "nodepass.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: nodepass-operator
    namespace: {{ .Release.Namespace }}
{{- end }}
