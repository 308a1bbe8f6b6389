#!/usr/bin/env bash
# load.sh ARCHIVE...: brings images into the running cluster, from archives of OCI or of Docker.
#
# A pod finds them under their whole name, with host and tag: nodepass.test/web:1. Nothing can be
# pulled, so that a tag must not be "latest", or imagePullPolicy must be IfNotPresent or Never.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"

alive containerd || die "the cluster does not run: up.sh starts it"
for archive; do
  containers images import "$archive" >>"$logs/load.log" 2>&1 ||
    die "cannot load $archive; see $logs/load.log"
done
