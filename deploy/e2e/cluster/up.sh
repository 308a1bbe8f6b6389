#!/usr/bin/env bash
# Starts a Kubernetes cluster of one node in the background, and returns when it is ready. What runs
# already is left alone. Prints the kubeconfig's path, and nothing else, on standard output:
#
#   export KUBECONFIG="$(up.sh)"
#
# Needs root and what build.sh makes (packages, api, node, images). Settings are in lib.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
. "$here/pki.sh"
. "$here/node.sh"

[[ $(id -u) == 0 ]] || die "only root can make a node"
for program in etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kubelet kube-proxy \
  coredns; do
  [[ -x $BIN_DIR/$program ]] || die "$BIN_DIR/$program is missing: run build.sh api node"
done
[[ -f $BIN_DIR/images/pause.tar ]] || die "$BIN_DIR/images/pause.tar is missing: run build.sh images"
for program in containerd runc iptables ip sysctl openssl curl "$CNI_BIN/bridge"; do
  command -v "$program" >/dev/null || die "$program is missing: run build.sh packages"
done
((${#socket} < 100)) || die "STATE is too long for a unix socket: $STATE"
[[ -e $marker || -z $(ls -A "$STATE" 2>/dev/null) ]] || die "$STATE has something else in it"

umask 022
mkdir -p "$STATE"
chmod 700 "$STATE" # keys are in it
mkdir -p "$conf" "$logs" "$pids" "$STATE/run"
touch "$marker"
make_pki
host_setup # before the API server, which listens at NODE_IP

# TLS, so that the API server cannot take somebody else's etcd at that port for this one.
# No fsync: after a crash of the machine, say down.sh --purge.
start etcd "$BIN_DIR/etcd" --name=etcd --data-dir="$STATE/etcd" --unsafe-no-fsync --log-level=warn \
  --listen-client-urls="https://127.0.0.1:$ETCD_PORT" \
  --advertise-client-urls="https://127.0.0.1:$ETCD_PORT" \
  --cert-file="$pki/etcd.crt" --key-file="$pki/etcd.key" \
  --client-cert-auth --trusted-ca-file="$pki/ca.crt" \
  --listen-peer-urls="http://127.0.0.1:$ETCD_PEER_PORT" \
  --initial-advertise-peer-urls="http://127.0.0.1:$ETCD_PEER_PORT" \
  --initial-cluster="etcd=http://127.0.0.1:$ETCD_PEER_PORT"
start_containerd
await 30 etcd curl -fsS -m 2 --cacert "$pki/ca.crt" --cert "$pki/api-to-etcd.crt" \
  --key "$pki/api-to-etcd.key" "https://127.0.0.1:$ETCD_PORT/health"
start kube-apiserver "$BIN_DIR/kube-apiserver" \
  --etcd-servers="https://127.0.0.1:$ETCD_PORT" --etcd-cafile="$pki/ca.crt" \
  --etcd-certfile="$pki/api-to-etcd.crt" --etcd-keyfile="$pki/api-to-etcd.key" \
  --bind-address="$NODE_IP" --advertise-address="$NODE_IP" --secure-port="$API_PORT" \
  --tls-cert-file="$pki/api.crt" --tls-private-key-file="$pki/api.key" \
  --client-ca-file="$pki/ca.crt" \
  --kubelet-client-certificate="$pki/api-to-kubelet.crt" \
  --kubelet-client-key="$pki/api-to-kubelet.key" \
  --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
  --service-cluster-ip-range="$SERVICE_CIDR" \
  --service-account-issuer="https://kubernetes.default.svc.$CLUSTER_DOMAIN" \
  --service-account-key-file="$pki/accounts.pub" \
  --service-account-signing-key-file="$pki/accounts.key" \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --profiling=false

await 30 containerd containers version
"$here/load.sh" "$BIN_DIR"/images/*.tar
await 120 kube-apiserver kc get --raw /readyz
say "API server ready after $SECONDS s"

# Its usual 20 requests a second would delay the first ServiceAccounts by seconds.
start kube-controller-manager "$BIN_DIR/kube-controller-manager" \
  --kubeconfig="$conf/controller-manager.kubeconfig" --secure-port=0 --leader-elect=false \
  --kube-api-qps=200 --kube-api-burst=400 --use-service-account-credentials \
  --service-account-private-key-file="$pki/accounts.key" --root-ca-file="$pki/ca.crt" \
  --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
  --allocate-node-cidrs --cluster-cidr="$POD_CIDR" --node-cidr-mask-size="${POD_CIDR#*/}" \
  --service-cluster-ip-range="$SERVICE_CIDR" --flex-volume-plugin-dir="$STATE/kubelet/volume-plugins"
start kube-scheduler "$BIN_DIR/kube-scheduler" --kubeconfig="$conf/scheduler.kubeconfig" \
  --secure-port=0 --leader-elect=false
start_kubelet
start_proxy
start_dns
await 120 kubelet node_ready
await 60 kube-controller-manager kc -n default get serviceaccount default
await 60 coredns dns_ready
say "cluster ready after $SECONDS s"
echo "$kubeconfig"
