#!/usr/bin/env bash
# shellcheck disable=SC2317 # functions are called by way of check
# Checks that the cluster which up.sh started does what tests rely on, with a line for each thing.
# Exits with 1 if one of them does not hold. Takes about 20 s, and not much over a minute if it fails.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
alive kube-apiserver || die "the cluster does not run: up.sh starts it"
each=15 limit=45 # seconds to wait for one thing, and in all
failed=0
ns=check-$$
error=$(mktemp)
trap 'rm -f "$error"; timeout 5 "$BIN_DIR/kubectl" --kubeconfig="$kubeconfig" delete namespace "$ns" \
  --ignore-not-found --wait=false >/dev/null 2>&1' EXIT

k() {
  timeout 10 "$BIN_DIR/kubectl" --cache-dir="$STATE/kubectl" --kubeconfig="$kubeconfig" -n "$ns" "$@"
}

# check WHAT COMMAND...: waits until COMMAND succeeds
check() {
  local what=$1 from=$SECONDS
  shift
  until "$@" >"$error" 2>&1; do
    if ((SECONDS >= limit || SECONDS - from >= each)); then
      failed=$((failed + 1))
      echo "FAIL  $what: $(head -n 1 "$error")"
      return
    fi
    sleep 0.2
  done
  echo "ok    $what"
}

# says PATTERN COMMAND...: COMMAND's output, or its error, has PATTERN
says() {
  local pattern=$1 output
  shift
  output=$("$@" 2>&1)
  echo "$output"
  grep -qE -- "$pattern" <<<"$output"
}

get() { curl -sS -m 3 "$@"; }
client() { k exec client -- /web "$@"; }
ready_pods() { k get deployment web -o 'jsonpath={.status.readyReplicas}'; }
in_service() {
  k get endpointslice -l kubernetes.io/service-name=web \
    -o 'jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].targetRef.name}'
}
evict() {
  k create -f - --raw "/api/v1/namespaces/$ns/pods/$1/eviction" <<JSON
{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "$1", "namespace": "$ns"}}
JSON
}
is_replaced() { ! k get pod "$1" && [[ $(ready_pods) == 2 ]]; }
is_gone() { says NotFound k get "$@"; }

k create namespace "$ns" >/dev/null || exit 1
k label namespace "$ns" pod-security.kubernetes.io/enforce=restricted >/dev/null
check 'the namespace has its ServiceAccount' k get serviceaccount default
check 'the level restricted refuses an ordinary pod' \
  says 'violates PodSecurity "restricted' k run refused --image=nodepass.test/web:1

container='name: web
        image: nodepass.test/web:1
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}'
k apply -f - >/dev/null <<YAML || exit 1
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - $container
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - $container
        resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {cpu: 500m, memory: 64Mi}}
        livenessProbe: {httpGet: {path: /live, port: 8080}, periodSeconds: 1, failureThreshold: 2}
        readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 1, failureThreshold: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: echo, port: 7, targetPort: 8080, protocol: UDP}
---
apiVersion: v1
kind: Service
metadata: {name: pods}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 8080}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
YAML
check 'a Deployment of two restricted pods becomes ready' says '^2$' ready_pods
check 'and another pod' k wait --for=condition=Ready pod/client --timeout=5s

address=$(k get service web -o 'jsonpath={.spec.clusterIP}')
port=$(k get service web -o 'jsonpath={.spec.ports[0].nodePort}')
name=web.$ns.svc.$CLUSTER_DOMAIN
check 'the host reaches a Service at its address' says '^web-' get "http://$address/"
check 'and at its NodePort on 127.0.0.1' says '^web-' get "http://127.0.0.1:$port/"
check 'a pod reaches it by its name' says '^web-' client get http://web/
check 'and over UDP' says '^hello$' client echo "$name:7" hello
check 'DNS answers over UDP' says "^\[$address\]$" client resolve udp "$name"
check 'and over TCP' says "^\[$address\]$" client resolve tcp "$name"
check 'a headless Service has the addresses of both pods' \
  says '^\[[0-9.]+ [0-9.]+\]$' client resolve udp pods
check 'a name outside of the cluster does not exist' \
  says 'no such host' client resolve udp name.example.com
check 'a pod runs as the user of its image' says '^65532 ' client id
check 'and cannot write to its root' says 'read-only file system' client write /file text
check 'logs can be read' says 'listening on :8080' k logs client

read -r first second <<<"$(k get pods -l app=web -o 'jsonpath={.items[*].metadata.name}')"
first_address=$(k get pod "$first" -o 'jsonpath={.status.podIP}')
get "http://$first_address:8080/ready/off"
check 'a readiness probe takes a pod out of the Service' says "^$second$" in_service
check 'a PodDisruptionBudget refuses an eviction' says 'disruption budget' evict "$second"
get "http://$first_address:8080/ready/on"
check 'a readiness probe takes a pod in again' says ' ' in_service
get "http://$first_address:8080/live/off"
check 'a liveness probe has a container started anew' \
  says '^[1-9]' k get pod "$first" -o 'jsonpath={.status.containerStatuses[0].restartCount}'
k patch poddisruptionbudget web --type=merge -p '{"spec": {"minAvailable": 1}}' >/dev/null
check 'a PodDisruptionBudget allows an eviction' says Success evict "$second"
check 'an evicted pod is replaced' is_replaced "$second"
k delete pod "$first" --wait=false >/dev/null
check 'a deleted pod is replaced' is_replaced "$first"

uid=$(k get service pods -o 'jsonpath={.metadata.uid}')
k apply -f - >/dev/null <<YAML
apiVersion: v1
kind: ConfigMap
metadata: {name: owned, ownerReferences: [{apiVersion: v1, kind: Service, name: pods, uid: "$uid"}]}
YAML
k delete service pods >/dev/null
check 'what a deleted object owned is deleted' is_gone configmap owned
k delete namespace "$ns" --wait=false >/dev/null 2>&1
check 'a namespace goes with all that is in it' is_gone namespace "$ns"

echo "$failed failed, $SECONDS s"
exit $((failed > 0))
