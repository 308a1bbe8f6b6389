# shellcheck shell=bash disable=SC2154 # sourced by up.sh after lib.sh
# Certificates and kubeconfigs. They are kept as long as STATE is.

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

make_ca() {
  [[ ! -s $pki/ca.crt ]] || return 0
  new_key "$pki/ca.key"
  openssl req -x509 -new -sha256 -key "$pki/ca.key" -subj /CN=nodepass-cluster -days 3650 \
    -out "$pki/ca.crt" -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
}

# certificate NAME SUBJECT USAGE [NAMES]: made again if it was for something else
certificate() {
  local file=$pki/$1 subject=$2 usage=$3 names=${4:-} wanted
  wanted="$subject $usage $names"
  [[ ! -s $file.crt || $(cat "$file.wanted" 2>/dev/null) != "$wanted" ]] || return 0
  new_key "$file.key"
  openssl req -new -sha256 -key "$file.key" -subj "$subject" -out "$file.csr"
  {
    echo "basicConstraints=critical,CA:FALSE"
    echo "keyUsage=critical,digitalSignature,keyEncipherment"
    echo "extendedKeyUsage=$usage"
    [[ -z $names ]] || echo "subjectAltName=$names"
  } >"$file.extensions"
  openssl x509 -req -sha256 -in "$file.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" \
    -set_serial "0x$(openssl rand -hex 8)" -days 3650 -extfile "$file.extensions" \
    -out "$file.crt" 2>/dev/null
  rm -f "$file.csr" "$file.extensions"
  echo "$wanted" >"$file.wanted"
}

# make_kubeconfig FILE CERTIFICATE
make_kubeconfig() {
  cat >"$1.new" <<YAML
apiVersion: v1
kind: Config
clusters:
- name: nodepass
  cluster:
    server: https://$NODE_IP:$API_PORT
    certificate-authority-data: $(base64 -w 0 <"$pki/ca.crt")
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w 0 <"$pki/$2.crt")
    client-key-data: $(base64 -w 0 <"$pki/$2.key")
contexts:
- name: nodepass
  context: {cluster: nodepass, user: $2}
current-context: nodepass
YAML
  mv "$1.new" "$1"
}

make_pki() {
  local api name
  mkdir -p "$pki"
  make_ca
  for name in kubernetes{,.default,.default.svc,".default.svc.$CLUSTER_DOMAIN"}; do
    api+="DNS:$name,"
  done
  certificate api /CN=kube-apiserver serverAuth "${api}IP:$API_SERVICE_IP,IP:$NODE_IP,IP:127.0.0.1"
  certificate etcd /CN=etcd serverAuth,clientAuth IP:127.0.0.1
  certificate api-to-etcd /CN=kube-apiserver clientAuth
  certificate api-to-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
  certificate kubelet "/CN=$NODE_NAME" serverAuth "DNS:$NODE_NAME,IP:$NODE_IP"
  certificate admin /O=system:masters/CN=kubernetes-admin clientAuth
  certificate controller-manager /CN=system:kube-controller-manager clientAuth
  certificate scheduler /CN=system:kube-scheduler clientAuth
  certificate proxy /CN=system:kube-proxy clientAuth
  certificate coredns /CN=system:coredns clientAuth
  certificate node "/O=system:nodes/CN=system:node:$NODE_NAME" clientAuth
  if [[ ! -s $pki/accounts.key ]]; then
    new_key "$pki/accounts.key"
    openssl ec -in "$pki/accounts.key" -pubout -out "$pki/accounts.pub" 2>/dev/null
  fi
  for name in controller-manager scheduler proxy coredns node; do
    make_kubeconfig "$conf/$name.kubeconfig" "$name"
  done
  make_kubeconfig "$kubeconfig" admin
}
