# The image on the JVM, of the tunnel or of the operator: docs/images.md has the lines to build it.
# All that is made here `make image-local` makes too, by the same script and without a registry.

# A JDK 25 on glibc. This one has Maven and objcopy too.
ARG JDK_IMAGE=docker.io/library/maven:3.9-eclipse-temurin-25
# Anything with glibc that is no older than the JDK's. No shell is needed.
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${JDK_IMAGE} AS build
# tunnel-runtime or operator
ARG COMPONENT=tunnel-runtime
USER 0:0
# Where there is no Maven the wrapper fetches it, and it knows the checksum of the zip alone. jlink
# strips with objcopy.
RUN { command -v mvn || command -v unzip; } && command -v objcopy \
 || { apt-get update && apt-get install -y --no-install-recommends unzip binutils; } \
 || microdnf install -y unzip binutils
WORKDIR /src
COPY . .
RUN tools/maven -q -B -ntp -DskipTests -pl "$COMPONENT" -am package \
      -Dquarkus.package.jar.type=aot-jar -Dquarkus.package.output-directory=image \
 && tools/image/stage "$COMPONENT" /stage

FROM ${BASE_IMAGE}
ARG COMPONENT=tunnel-runtime
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="nodepass ${COMPONENT}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /stage/java /opt/java
COPY --from=build /stage/app /opt/nodepass
COPY --from=build /stage/cache /opt/nodepass/cache
ENV PATH=/opt/java/bin LANG=C.UTF-8 MALLOC_ARENA_MAX=2
WORKDIR /tmp
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/java/bin/java", "@/opt/nodepass/java.options", "-jar", "/opt/nodepass/quarkus-run.jar"]
