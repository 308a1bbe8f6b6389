# shellcheck shell=bash disable=SC2034 # sourced; what is set here is used by those that source it
# Settings and functions of up.sh, down.sh, load.sh and check.sh. Each setting can be given in the
# environment, the same to all of them.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# All that a running cluster writes. A unix socket's path has 107 characters at most.
: "${STATE:=${XDG_STATE_HOME:-$HOME/.local/state}/nodepass/cluster}"
: "${BIN_DIR:=$("$here/build.sh" where)}"
: "${CNI_BIN:=/usr/lib/cni}"         # where Debian has its network plugins

: "${NODE_NAME:=node-1}"
: "${BRIDGE:=npbr0}"
: "${POD_CIDR:=10.244.0.0/24}"       # all of the cluster's, as there is one node
: "${NODE_IP:=10.244.0.1}"           # the bridge's address: host and pods both reach it
: "${SERVICE_CIDR:=10.96.0.0/16}"
: "${API_SERVICE_IP:=10.96.0.1}"     # the first of SERVICE_CIDR
: "${DNS_IP:=10.96.0.10}"
: "${CLUSTER_DOMAIN:=cluster.local}"

# Not the usual ports, as those of etcd and the API server may be somebody else's.
: "${ETCD_PORT:=12379}"              # on 127.0.0.1
: "${ETCD_PEER_PORT:=12380}"         # on 127.0.0.1
: "${API_PORT:=16443}"               # this and what follows on NODE_IP
: "${KUBELET_PORT:=10250}"
: "${DNS_PORT:=1053}"                # the Service has 53
: "${DNS_READY_PORT:=18181}"

PATH=$PATH:/usr/sbin:/sbin
pki=$STATE/pki conf=$STATE/conf logs=$STATE/log pids=$STATE/pid
socket=$STATE/run/containerd.sock
kubeconfig=$STATE/kubeconfig
marker=$STATE/.nodepass-cluster      # up.sh made this folder, so that down.sh may remove it

say() { printf 'cluster: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

kc() { "$BIN_DIR/kubectl" --cache-dir="$STATE/kubectl" --kubeconfig="$kubeconfig" "$@"; }

containers() { ctr --address "$socket" --namespace k8s.io "$@"; }

run_containerd() { start containerd containerd --config "$conf/containerd.toml" --log-level warn; }

# TABLE CHAIN RULE of the rules that the node needs beside kube-proxy's: pods reach the world, and
# one another even if Docker has set the policy of FORWARD to DROP
host_rules() {
  echo "nat POSTROUTING -s $POD_CIDR ! -o $BRIDGE -j MASQUERADE"
  echo "filter FORWARD -i $BRIDGE -j ACCEPT"
  echo "filter FORWARD -o $BRIDGE -j ACCEPT"
}

# born PID: when it was started, in clock ticks since boot; nothing if it has ended, though nobody has
# asked for its exit code yet
born() { awk '$3 != "Z" { print $22 }' "/proc/$1/stat" 2>/dev/null; }

# alive NAME: the process that start made runs. The pid file has the time of its start too, so that
# a pid that the kernel has given to somebody else is never taken for it.
alive() {
  local pid time
  [[ -s $pids/$1 ]] || return 1
  read -r pid time <"$pids/$1"
  [[ $(born "$pid") == "$time" ]]
}

# start NAME COMMAND...: in the background, with a log and a pid file; not if it runs
start() {
  local name=$1 pid
  shift
  if alive "$name"; then return; fi
  setsid "$@" >>"$logs/$name.log" 2>&1 </dev/null &
  pid=$!
  disown "$pid"
  echo "$pid $(born "$pid")" >"$pids/$name"
}

# signal SIGNAL NAME: nothing if it does not run
signal() {
  local pid
  alive "$2" || return 0
  read -r pid _ <"$pids/$2"
  kill "-$1" "$pid" 2>/dev/null || :
}

# stop NAME [SECONDS]: asks it to end, and ends it after SECONDS
stop() {
  local name=$1 limit=${2:-10} from=$SECONDS
  signal TERM "$name"
  while alive "$name" && ((SECONDS - from < limit)); do sleep 0.1; done
  if alive "$name"; then
    say "$name did not stop in $limit s and was killed"
    signal KILL "$name"
  fi
  rm -f "$pids/$name"
}

# await SECONDS NAME COMMAND...: until COMMAND succeeds, which needs the process NAME
await() {
  local limit=$1 name=$2 from=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! alive "$name"; then
      tail -n 20 "$logs/$name.log" >&2
      die "$name ended; its log is $logs/$name.log"
    fi
    if ((SECONDS - from >= limit)); then
      tail -n 20 "$logs/$name.log" >&2
      die "waited $limit s in vain for: $*; see $logs"
    fi
    sleep 0.2
  done
}
