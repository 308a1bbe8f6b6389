# shellcheck shell=bash disable=SC2154 # sourced by up.sh after lib.sh
# The parts of the node: network of the host, containerd, kubelet, kube-proxy, CoreDNS.

# What host_setup, the kubelet and kube-proxy change, and down.sh puts back.
sysctls=(
  net.ipv4.ip_forward net.ipv4.conf.all.route_localnet net.bridge.bridge-nf-call-iptables
  vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
  kernel.keys.root_maxkeys kernel.keys.root_maxbytes
)
# Folders outside of STATE that the kubelet and containerd make, wherever they are told to write.
folders=(/run/containerd /var/lib/cni /var/lib/kubelet /var/log/containers)

has_bridge() { ip link show "$BRIDGE" >/dev/null 2>&1; }

host_setup() {
  local name range
  for range in "$POD_CIDR" "$SERVICE_CIDR"; do
    if ip route show root "$range" | grep -qv " dev $BRIDGE "; then
      die "the machine has a route in $range already; give other ranges (see lib.sh)"
    fi
  done
  [[ -e /proc/sys/net/bridge ]] || modprobe br_netfilter
  if [[ ! -s $STATE/host.saved ]]; then
    if has_bridge; then
      die "the machine has $BRIDGE already: a cluster with another STATE, or give another BRIDGE"
    fi
    {
      for name in "${sysctls[@]}"; do echo "sysctl $name=$(sysctl -n "$name")"; done
      for name in "${folders[@]}"; do [[ -e $name ]] || echo "folder $name"; done
      echo "bridge $BRIDGE"
    } >"$STATE/host.new"
    mv "$STATE/host.new" "$STATE/host.saved"
  fi

  sysctl -qw net.ipv4.ip_forward=1
  # Answers from one pod to another cross the bridge. Without this the kernel would not translate
  # the Service's address back on them.
  sysctl -qw net.bridge.bridge-nf-call-iptables=1
  has_bridge || ip link add "$BRIDGE" type bridge
  ip address replace "$NODE_IP/${POD_CIDR#*/}" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  # So that programs on the host reach Services even where there is no default route.
  ip route replace "$SERVICE_CIDR" dev "$BRIDGE" src "$NODE_IP"
  host_rules | while read -r table rule; do
    # shellcheck disable=SC2086 # a rule is several words, none with a blank
    iptables -w -t $table -C $rule 2>/dev/null || iptables -w -t $table -I $rule
  done
}

start_containerd() {
  mkdir -p "$conf/cni"
  cat >"$conf/cni/10-pods.conflist" <<JSON
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "$BRIDGE", "isGateway": true, "isDefaultGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$STATE/cni",
            "ranges": [[{"subnet": "$POD_CIDR", "gateway": "$NODE_IP"}]]}}
]}
JSON
  # netns_mounts_under_state_dir: all mounts are below STATE, so that down.sh can tell its own.
  # restrict_oom_score_adj: without CAP_SYS_RESOURCE nobody may lower oom_score_adj. runc would fail
  # on the -998 of a pod's first container, and say "can't get final child's PID from pipe: EOF".
  cat >"$conf/containerd.toml" <<TOML
version = 2
root = "$STATE/containerd"
state = "$STATE/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"
]
[grpc]
  address = "$socket"
[plugins."io.containerd.internal.v1.opt"]
  path = "$STATE/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "nodepass.test/pause:1"
  netns_mounts_under_state_dir = true
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$CNI_BIN"
    conf_dir = "$conf/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
TOML
  run_containerd
}

start_kubelet() {
  mkdir -p "$STATE/kubelet"
  echo "nameserver $DNS_IP" >"$conf/resolv.conf"
  # Images are loaded, not pulled: one that the kubelet removes is gone for good, hence the limits
  # of image collection. And a full disk must not evict what is being tested.
  cat >"$conf/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$socket
address: $NODE_IP
port: $KUBELET_PORT
healthzPort: 0
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $pki/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $pki/kubelet.crt
tlsPrivateKeyFile: $pki/kubelet.key
rotateCertificates: false
clusterDNS: [$DNS_IP]
clusterDomain: $CLUSTER_DOMAIN
resolvConf: $conf/resolv.conf
cgroupDriver: cgroupfs
failSwapOn: false
failCgroupV1: false
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
volumePluginDir: $STATE/kubelet/volume-plugins
podLogsDir: $logs/pods
YAML
  start kubelet "$BIN_DIR/kubelet" --config="$conf/kubelet.yaml" \
    --kubeconfig="$conf/node.kubeconfig" --root-dir="$STATE/kubelet" \
    --cert-dir="$STATE/kubelet/pki" --hostname-override="$NODE_NAME" --node-ip="$NODE_IP" \
    --oom-score-adj=0
}

# --conntrack-*=0: leave the machine's limits as they are.
start_proxy() {
  start kube-proxy "$BIN_DIR/kube-proxy" --kubeconfig="$conf/proxy.kubeconfig" \
    --hostname-override="$NODE_NAME" --proxy-mode=iptables --cluster-cidr="$POD_CIDR" \
    --nodeport-addresses="127.0.0.0/8,$NODE_IP/32" --oom-score-adj=0 \
    --healthz-bind-address= --metrics-bind-address= \
    --conntrack-max-per-core=0 --conntrack-min=0 \
    --conntrack-tcp-timeout-established=0s --conntrack-tcp-timeout-close-wait=0s
}

# CoreDNS runs on the host; a Service without selector and its EndpointSlice lead to it. Names
# outside of the cluster do not exist, at once: nothing may depend on the world. There are two
# blocks, as in the order that is fixed in CoreDNS template comes before kubernetes.
start_dns() {
  cat >"$conf/Corefile" <<COREFILE
$CLUSTER_DOMAIN:$DNS_PORT in-addr.arpa:$DNS_PORT {
    bind $NODE_IP
    errors
    ready $NODE_IP:$DNS_READY_PORT
    kubernetes $CLUSTER_DOMAIN in-addr.arpa {
        kubeconfig $conf/coredns.kubeconfig
        pods insecure
        ttl 5
    }
    loadbalance
}
.:$DNS_PORT {
    bind $NODE_IP
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
COREFILE
  kc apply -f - >"$logs/dns-objects.log" 2>&1 <<YAML || die "see $logs/dns-objects.log"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: system:coredns}
rules:
- {apiGroups: [""], resources: [services, pods, namespaces], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: system:coredns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:coredns}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: system:coredns}]
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  clusterIP: $DNS_IP
  ports:
  - {name: dns, port: 53, protocol: UDP, targetPort: $DNS_PORT}
  - {name: dns-tcp, port: 53, protocol: TCP, targetPort: $DNS_PORT}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: kube-dns-host
  namespace: kube-system
  labels: {kubernetes.io/service-name: kube-dns, endpointslice.kubernetes.io/managed-by: nodepass.test}
addressType: IPv4
ports:
- {name: dns, port: $DNS_PORT, protocol: UDP}
- {name: dns-tcp, port: $DNS_PORT, protocol: TCP}
endpoints:
- addresses: [$NODE_IP]
  conditions: {ready: true}
YAML
  start coredns "$BIN_DIR/coredns" -conf "$conf/Corefile"
}

# CoreDNS knows what is in the cluster, and kube-proxy leads the Service's address to it.
dns_ready() {
  curl -fsS -m 2 "http://$NODE_IP:$DNS_READY_PORT/ready" &&
    timeout 2 bash -c ": </dev/tcp/$DNS_IP/53"
}

node_ready() {
  [[ $(kc get node "$NODE_NAME" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]
}
