#!/usr/bin/env bash
# Builds Kubernetes from its published Go modules, since no binary can be had from a package
# registry. What is there in the wanted version is not built again.
#
#   build.sh api       kube-apiserver, etcd, kubectl and kube-controller-manager
#   build.sh node      what a node needs besides: kube-scheduler, kubelet, kube-proxy, coredns
#   build.sh packages  what a node needs from Debian: containerd and others; asks for root
#   build.sh images    images that up.sh loads: pause, and web for tests
#   build.sh tools     helm, for the tests of the chart
#   build.sh where     prints the folder with the binaries
#
# Several may be given at once. The folder is API_DIR/k8s/VERSION-linux-ARCH, as fabric8's
# kube-api-test reads it, images are in its folder images; tools are in API_DIR/bin. API_DIR is by
# default in the user's cache, outside the checkout. Building needs Go: 1.21 or newer, which
# fetches the one that a go.mod asks for (1.26 at most), unless GOTOOLCHAIN=local; with an older one
# tools/find-go fetches a newer. Without caches: about 16 minutes of one core for api, 7 for node, 4
# for tools.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${API_DIR:=${XDG_CACHE_HOME:-$HOME/.cache}/nodepass/kubernetes}"
if [[ -z ${GO:-} ]]; then
  found=$("$here/../../../tools/find-go")
  GO=${found:+$found/}go
fi
: "${NICE:=nice -n 5}"

kubernetes=$(awk '$1 == "require" && $2 == "k8s.io/kubernetes" { print $3 }
  $1 == "k8s.io/kubernetes" && $2 ~ /^v/ { print $2 }' "$here/mods/k8s/go.mod" | head -1)
version=${kubernetes#v}
IFS=. read -r major minor _ <<<"$version"
case $(uname -m) in
  x86_64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) arch=$(uname -m) ;;
esac
out=$API_DIR/k8s/$version-linux-$arch

flags='-s -w'
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  flags+=" -X $package.gitVersion=$kubernetes -X $package.gitMajor=$major"
  flags+=" -X $package.gitMinor=$minor -X $package.gitTreeState=clean"
done

tools=$API_DIR/bin
helm=$(awk '$1 == "require" && $2 == "helm.sh/helm/v3" { print $3 }
  $1 == "helm.sh/helm/v3" && $2 ~ /^v/ { print $2 }' "$here/mods/helm/go.mod" | head -1)
helm_flags="-s -w -X helm.sh/helm/v3/internal/version.version=$helm"
# Without a cluster helm takes this release for the cluster's.
for package in chartutil lint/rules; do
  helm_flags+=" -X helm.sh/helm/v3/pkg/$package.k8sVersionMajor=$major"
  helm_flags+=" -X helm.sh/helm/v3/pkg/$package.k8sVersionMinor=$minor"
done

say() { printf 'cluster: %s\n' "$*"; }

# What a build that fails or is interrupted would leave.
temp=
trap '[[ -z $temp ]] || rm -rf "$temp"' EXIT

# An older Go calls the go.mod files malformed. The folder is one without a go.mod.
need_go() {
  local minor
  minor=$(cd / && "$GO" version 2>/dev/null | sed -n 's/.*go1\.\([0-9]*\).*/\1/p') || minor=
  if ((${minor:-0} < 21)); then
    say "this needs Go 1.21 or newer, and here is ${minor:+1.}${minor:-none}" \
      "(where GO is not set, any Go will do, such as Debian's golang-go, to fetch a newer one)" >&2
    exit 1
  fi
}

# build MODULE NAME=PACKAGE...: those that are missing, or were made of other versions, in one go
build() {
  local module=$1 stamp spec from=$SECONDS
  local -a want=()
  shift
  # The flags hold the version; go.sum holds that of everything else.
  stamp=$(cd "$here/mods/$module" && { cat ./*.mod ./*.sum; cat ./*.go 2>/dev/null || :
    echo "$flags"; } | sha256sum | cut -d ' ' -f 1)
  for spec; do
    [[ -x $out/${spec%%=*} && $(cat "$out/.${spec%%=*}.stamp" 2>/dev/null) == "$stamp" ]] ||
      want+=("$spec")
  done
  if ((${#want[@]} == 0)); then
    say "$module: up to date in $out"
    return
  fi
  need_go
  say "building ${want[*]%%=*}; this takes minutes, once"
  mkdir -p "$out"
  temp=$(mktemp -d "$out/.build.XXXXXX")
  # -o FOLDER/ names each binary after the last element of its package.
  (cd "$here/mods/$module" && CGO_ENABLED=0 $NICE "$GO" build -trimpath -ldflags "$flags" \
    -o "$temp/" "${want[@]#*=}")
  for spec in "${want[@]}"; do
    mv "$temp/$(basename "${spec#*=}")" "$out/${spec%%=*}"
    echo "$stamp" >"$out/.${spec%%=*}.stamp"
  done
  rmdir "$temp"
  temp=
  say "built ${want[*]%%=*} in $((SECONDS - from)) s"
}

# A program that is missing, and Debian's package that has it.
packages=(
  containerd:containerd runc:runc /usr/lib/cni/bridge:containernetworking-plugins
  iptables:iptables ip:iproute2 sysctl:procps modprobe:kmod openssl:openssl curl:curl
)

install_packages() {
  local entry from=$SECONDS
  local -a want=()
  for entry in "${packages[@]}"; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${entry%%:*}" >/dev/null || want+=("${entry#*:}")
  done
  if ((${#want[@]} == 0)); then
    say "packages: nothing is missing"
    return
  fi
  apt-get -q -q update
  DEBIAN_FRONTEND=noninteractive apt-get -q -q -y --no-install-recommends install "${want[@]}" \
    >/dev/null
  say "installed ${want[*]} in $((SECONDS - from)) s"
}

# image NAME USER: the program images/NAME alone, as the image nodepass.test/NAME:1
image() {
  local name=$1 user=$2 stamp from=$SECONDS images=$out/images
  stamp=$(cd "$here/images" && { cat go.mod "$name"/*.go pack/*.go; echo "$user"; } | sha256sum |
    cut -d ' ' -f 1)
  if [[ -f $images/$name.tar && $(cat "$images/.$name.stamp" 2>/dev/null) == "$stamp" ]]; then
    say "$name: up to date in $images"
    return
  fi
  need_go
  mkdir -p "$images"
  temp=$(mktemp -d "$images/.build.XXXXXX")
  mkdir "$temp/files"
  (
    cd "$here/images"
    export CGO_ENABLED=0
    $NICE "$GO" build -trimpath -ldflags '-s -w' -o "$temp/files/$name" "./$name"
    $NICE "$GO" run ./pack -name "nodepass.test/$name:1" -user "$user" -entrypoint "/$name" \
      "$temp/files" "$temp/$name.tar"
  )
  mv "$temp/$name.tar" "$images/$name.tar"
  echo "$stamp" >"$images/.$name.stamp"
  rm -r "$temp"
  temp=
  say "made $images/$name.tar in $((SECONDS - from)) s"
}

usage() {
  echo "usage: build.sh api | node | packages | images | tools | where ..." >&2
  exit 2
}

commands=k8s.io/kubernetes/cmd
(($# > 0)) || usage
for what; do
  case $what in
    api)
      build etcd etcd=nodepass.dev/e2e/etcd
      build k8s kube-apiserver=$commands/kube-apiserver kubectl=$commands/kubectl \
        kube-controller-manager=$commands/kube-controller-manager
      ;;
    node)
      build k8s kube-scheduler=$commands/kube-scheduler kubelet=$commands/kubelet \
        kube-proxy=$commands/kube-proxy
      build coredns coredns=nodepass.dev/e2e/coredns
      ;;
    packages) install_packages ;;
    images)
      image pause 65535:65535
      image web 65532:65532
      ;;
    tools) out=$tools flags=$helm_flags build helm helm=helm.sh/helm/v3/cmd/helm ;;
    where) echo "$out" ;;
    *) usage ;;
  esac
done
