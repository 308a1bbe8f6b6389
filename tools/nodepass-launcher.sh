#!/bin/sh
# Starts nodepass. `make build` copies this file to build/nodepass; beside it must lie
# lib/find-jdk and lib/app/. Works from any folder and through symbolic links.
#
# NODEPASS_JAVA_OPTS   more options for Java, split at blanks; they win over those below
# JAVA_HOME            the Java to use, if it is 25 or newer
set -euf

self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=$(dirname -- "$self")/$target ;;
  esac
done
lib=$(CDPATH='' cd -P -- "$(dirname -- "$self")" && pwd)/lib

if [ ! -f "$lib/app/quarkus-run.jar" ]; then
  echo "nodepass: $lib/app/quarkus-run.jar is missing; run 'make build' first" >&2
  exit 1
fi
java_home=$("$lib/find-jdk" --jre)

options=
option() { options="$options $1"; }

# Nearly all that moves is in buffers outside the heap. The heap is small, so the collector with
# the least memory and threads of its own is the best. Java refuses to choose between two
# collectors: one that the caller names replaces it.
case "${NODEPASS_JAVA_OPTS-} " in
  *-XX:+Use*"GC "*) ;;
  *) option -XX:+UseSerialGC ;;
esac
# 8 bytes less for each object: less memory for each idle connection.
option -XX:+UseCompactObjectHeaders
# Map the archive of Java's own classes for a faster start; go on without it if it does not fit.
option -Xshare:auto
# Native code is called by Netty (epoll, BoringSSL) and for splice(2).
option --enable-native-access=ALL-UNNAMED
# Netty manages its buffers with sun.misc.Unsafe. Without this Java warns, or refuses.
option --sun-misc-unsafe-memory-access=allow
# With these three Netty frees its buffers at once by itself, where otherwise a cleaner of Java
# frees each of them some time later, and does not fill new ones with zeros first.
option -Dio.netty.tryReflectionSetAccessible=true
option --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED
option --add-opens=java.base/java.nio=ALL-UNNAMED

# shellcheck disable=SC2086 # options are split at blanks on purpose
exec "$java_home/bin/java" $options ${NODEPASS_JAVA_OPTS-} -jar "$lib/app/quarkus-run.jar" "$@"
