#!/usr/bin/env bash
# down.sh [--purge]: stops what up.sh started with the same settings, and puts back what that changed
# on the machine. Objects, images and logs stay for the next up.sh; with --purge they are removed.
# Also cleans up after a crash, of single programs or of all of them.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"

# shims: the pids of those that hold our containers, which have our socket's path as argument
shims() {
  local folder
  local -a arguments
  for folder in /proc/[0-9]*; do
    mapfile -d '' -t arguments 2>/dev/null <"$folder/cmdline" || continue
    [[ ${arguments[0]:-} != *containerd-shim-runc-v2 ]] ||
      [[ " ${arguments[*]} " != *" -address $socket "* ]] || echo "${folder#/proc/}"
  done
}

# mounts: what is mounted below STATE, the innermost first
mounts() {
  awk -v below="$STATE/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r
}

stop_containers() {
  local id
  # Containers outlive a containerd that crashed, and it takes one to remove them.
  if ! alive containerd && [[ -n $(shims) ]]; then
    run_containerd
    (await 20 containerd containers version)
  fi
  if alive containerd; then
    for id in $(containers task ls -q); do containers task kill -s KILL "$id"; done
    sleep 0.5
    for id in $(containers task ls -q); do containers task rm -f "$id"; done
    for id in $(containers container ls -q); do
      containers container rm "$id"
      rm -f /var/lib/cni/results/*"-$id-"* # what the network plugin remembers of it
    done
  fi >>"$logs/down.log" 2>&1
  rm -rf "$STATE/cni" # the addresses, which were not given back
  stop containerd
  for id in $(shims); do kill -KILL "$id"; done
}

# The rules of the kubelet and of kube-proxy, which they leave behind. They are in chains of their
# own, to which rules of the usual chains jump. xargs takes the quotes off.
remove_kube_rules() {
  local command table rules
  for command in iptables ip6tables; do
    for table in mangle nat filter; do
      rules=$("$command" -w -t "$table" -S 2>/dev/null) || continue
      sed -n '/^-A KUBE-/d; / -j KUBE-/s/^-A/-D/p' <<<"$rules" |
        xargs -r -L 1 "$command" -w -t "$table"
      sed -n 's/^-N KUBE-/-F KUBE-/p' <<<"$rules" | xargs -r -L 1 "$command" -w -t "$table"
      sed -n 's/^-N KUBE-/-X KUBE-/p' <<<"$rules" | xargs -r -L 1 "$command" -w -t "$table"
    done
  done
}

restore_host() {
  local mount folder what value table rule
  mounts | while read -r mount; do umount -l "$(printf '%b' "$mount")"; done
  remove_kube_rules
  host_rules | while read -r table rule; do
    # shellcheck disable=SC2086 # a rule is several words, none with a blank
    while iptables -w -t "$table" -D $rule 2>/dev/null; do :; done
  done
  for folder in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
    [[ ! -d $folder ]] || find "$folder" -depth -type d -exec rmdir {} +
  done
  [[ ! -d /var/log/containers ]] ||
    find /var/log/containers -maxdepth 1 -type l -lname "$logs/*" -delete
  while read -r what value; do
    case $what in
      sysctl) sysctl -qw "$value" ;;
      bridge) ip link delete "$value" ;;
      folder)
        [[ ! -d $value ]] || find "$value" -depth \
          \( -path '*/device-plugins/kubelet.sock' -o -type d -empty \) -delete
        ;;
    esac
  done <"$STATE/host.saved"
  rm "$STATE/host.saved"
}

if [[ ! -e $marker ]]; then
  say "there is no cluster in $STATE"
  exit
fi
# First those that would start a container anew while it is being removed.
workers=(kube-controller-manager kube-scheduler kubelet coredns kube-proxy kube-apiserver)
for name in "${workers[@]}"; do signal TERM "$name"; done
for name in "${workers[@]}"; do stop "$name" 20; done
stop_containers
stop etcd
[[ ! -s $STATE/host.saved ]] || restore_host >>"$logs/down.log" 2>&1
if [[ ${1:-} == --purge ]]; then
  # What is mounted may be somebody's data.
  [[ -z $(mounts) ]] || die "something is still mounted below $STATE, so it is not removed"
  rm -rf --one-file-system "$STATE"
fi
say "stopped"
