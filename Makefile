# Works with GNU make 3.81 (macOS) and newer. Everything that needs Java goes through tools/maven,
# which finds a JDK 25 and a Maven that is new enough.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help build demo test e2e golden install-yaml image-local native-sources format clean

# What the program is made of. Folders are listed too: their time changes when a file goes away.
SOURCES := $(shell find pom.xml .mvn */pom.xml */src/main 2>/dev/null)
APP := build/lib/app

help: ## this list
	@echo "NodePass for the JVM. Needs a JDK 25; the first build downloads what it depends on."
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: build/nodepass build/lib/find-jdk $(APP)/.built ## make build/nodepass, ready to run
	@echo "build/nodepass is up to date"

demo: build ## build, then show a tunnel at work (DEMO_ONCE=1: a single round)
	@demo/run

test: ## all tests: of the scripts, unit tests, tests with real sockets
	@tools/test
	@tools/test-peers
	@echo "Running all tests; the first time Maven downloads several hundred files before it."
	@[ "$$SKIP_API_SERVER" = 1 ] || ! command -v go >/dev/null || deploy/e2e/cluster/build.sh api tools
	tools/maven -B -ntp verify

e2e: build ## operator and tunnels in a real cluster of one node, on Debian as root
	@tools/e2e

golden: ## make the golden files of the tests anew, and those of deploy/: read the difference
	@tools/maven -q -B -pl crds,operator -am test -Dgolden=write -Dtest='CrdYamlTest,GoldenTest,RightsTest,ChartTest' -Dsurefire.failIfNoSpecifiedTests=false
	@$(MAKE) -s install-yaml

# Any kubectl will do that has kustomize 5; the one that the tests have made comes first.
install-yaml: ## make deploy/install.yaml anew, by kubectl
	@kubectl="$$(deploy/e2e/cluster/build.sh where)/kubectl"; \
	[ -x "$$kubectl" ] || kubectl=kubectl; \
	{ echo "# Made by 'make install-yaml' from overlays/cluster. Do not edit."; \
	  "$$kubectl" kustomize deploy/overlays/cluster; } >deploy/install.yaml.new && \
	mv deploy/install.yaml.new deploy/install.yaml

# Without a registry, on Linux with GNU tar. With one: the Dockerfiles, see docs/images.md.
VERSION = $(shell sed -n 's:.*<version>\(.*\)-SNAPSHOT</version>.*:\1:p' pom.xml | head -1)
IMAGES := build/images
image-local: $(IMAGES)/.made ## make the container images in build/images, without a registry

$(IMAGES)/.made: $(SOURCES) $(wildcard tools/image/*)
	@echo "Building the images; this takes some minutes."
	@mkdir -p $(IMAGES)
	@touch $(IMAGES)/.started
	@tools/maven -q -B -ntp -DskipTests -pl tunnel-runtime,operator -am package \
	  -Dquarkus.package.jar.type=aot-jar -Dquarkus.package.output-directory=image
	@tools/image/stage tunnel-runtime $(IMAGES)/stage/tunnel-runtime
	@tools/image/pack tunnel-runtime $(IMAGES)/stage/tunnel-runtime nodepass/tunnel:$(VERSION) $(IMAGES)/nodepass-tunnel
	@tools/image/stage operator $(IMAGES)/stage/operator
	@tools/image/pack operator $(IMAGES)/stage/operator nodepass/operator:$(VERSION) $(IMAGES)/nodepass-operator
	@mv $(IMAGES)/.started $@

native-sources: ## check what a native build would be made of (needs no native-image)
	@tools/native-sources

format: ## format the Java sources as the build wants them
	@tools/maven -q spotless:apply

clean: ## remove all that was built
	rm -rf build target */target

build/nodepass: tools/nodepass-launcher.sh
	@mkdir -p $(@D)
	@install -m 755 $< $@

build/lib/find-jdk: tools/find-jdk
	@mkdir -p $(@D)
	@install -m 755 $< $@

# The time of $(APP)/.built is that of the start, so that an edit during the build is not missed.
# The app is replaced by a rename, so that a program that starts meanwhile finds it whole.
$(APP)/.built: $(SOURCES)
	@echo "Building quietly; this takes a minute, and some more the first time, for downloads."
	@mkdir -p $(dir $(APP))
	@rm -rf $(APP).new $(APP).old
	@touch build/started
	@tools/maven -q -B -DskipTests -pl tunnel-runtime package
	@cp -R tunnel-runtime/target/quarkus-app $(APP).new
	@mv build/started $(APP).new/.built
	@if [ -d $(APP) ]; then mv $(APP) $(APP).old; fi
	@mv $(APP).new $(APP)
	@rm -rf $(APP).old
