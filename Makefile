# make help lists the targets. Everything here needs Go, make and a POSIX shell; what needs more says so.
SHELL := /bin/sh
.DEFAULT_GOAL := help

BINARIES ?= tsboot
BINDIR  ?= bin
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
IMAGE   ?= tsboot:$(VERSION)
DOCKER  ?= docker
# What an image and a release say of their commit, in place of the time of the build.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)

# The flags of the programs stand in files that releases read, too. Those of tsboot: the
# runtime's asynchronous preemption works by SIGURG; without it every SIGURG that arrives was sent by somebody and is forwarded;
# forwardSIGURG tells the program that it was linked so. clobberfree has the collector overwrite what it frees, secrets among it.
# The entry of each program's own asks whether the standard output is open (start.go, for Linux). Nothing of git is put into a
# program except its version, so that a build without .git gives the same bytes.
LINK = $(shell cat cmd/$(1)/ldflags $(wildcard cmd/$(1)/ldflags_$(shell go env GOOS))) -X=main.version=$(VERSION)
LDFLAGS = -buildvcs=false $(foreach program,tsboot tswatch,-ldflags './cmd/$(program)=$(call LINK,$(program))')

STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := go run golang.org/x/vuln/cmd/govulncheck@v1.9.0

# What runs the tests; .ci/run names a runner with a summary. It does not vet: check does.
GOTEST   ?= go test
TESTFLAGS ?= -race -vet=off -timeout 15m
FUZZTIME ?= 10s
SOAK     ?= 30m
SHELL_SCRIPTS = $(shell git ls-files '*.sh' .ci/run)

.PHONY: build
build: ## the static programs of BINARIES, in BINDIR: bin/tsboot; RACE=1: with the race detector, not static
	CGO_ENABLED=$(if $(RACE),1,0) go build $(if $(RACE),-race )-trimpath $(LDFLAGS) -o $(BINDIR)/ $(BINARIES:%=./cmd/%)

.PHONY: test
test: ## every test that can run here; TSBOOT_REQUIRE=docker,localstack,root,... turns those skips into failures
	$(GOTEST) $(TESTFLAGS) ./...

.PHONY: check
check: ## what CI asks of the code: format, vet, staticcheck, tidy modules, other platforms, known vulnerabilities, shell scripts
	@out=$$(git ls-files '*.go' | xargs gofmt -l) && if [ -n "$$out" ]; then echo "not gofmt'd:"; echo "$$out"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...
	go mod tidy -diff
	@$(MAKE) --no-print-directory cross vulncheck shellcheck

# The product builds for every platform of PLATFORMS; what needs Linux says so there when it is asked for.
PLATFORMS ?= linux/amd64 linux/arm64 darwin/arm64
PRODUCT = $$(go list ./... | grep -v /integration)

.PHONY: cross
cross: ## the programs and every room of the product, built and vetted for PLATFORMS
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && for platform in $(PLATFORMS); do \
	  echo "cross: $$platform"; \
	  export CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/}; \
	  $(MAKE) --no-print-directory -s build BINARIES="tsboot tswatch" BINDIR="$$dir" && go vet $(PRODUCT) || exit 1; \
	done

# The database lives on the net. Where it cannot be reached that is said, and is no failure: nothing was found out.
.PHONY: vulncheck
vulncheck:
	@out=$$($(GOVULNCHECK) ./... 2>&1); rc=$$?; \
	case "$$rc:$$out" in \
	0:*) echo "govulncheck: no known vulnerability is called" ;; \
	*"fetching vulnerabilities: "*) echo "govulncheck: not run, its database cannot be reached from here" ;; \
	*) echo "$$out"; exit 1 ;; \
	esac

.PHONY: shellcheck
shellcheck:
	@if command -v shellcheck >/dev/null 2>&1; then shellcheck -x $(SHELL_SCRIPTS) && echo "shellcheck: clean"; \
	elif [ -n "$$CI" ]; then echo "shellcheck: not installed" >&2; exit 1; \
	else echo "shellcheck: not run, not installed here"; fi

.PHONY: demo
demo: build ## the whole boot on this machine: Parameter Store, agent, a crash, a new key, a bad one, a stop; under 30 s, leaves nothing behind; PAUSE=1: waits after each act
	@go run ./integration/demo $(if $(PAUSE),-pause )$(BINDIR)/tsboot

.PHONY: demo-watch
demo-watch: ## tsboot boots tswatch from a Parameter Store, and an attack sets off its alerts: a live one where root, Docker and audit can be had, else (and with RECORDED=1) a recorded one; under 30 s; PAUSE=1: waits after each act
	@$(MAKE) --no-print-directory -s build BINARIES='tsboot tswatch'
	@$(if $(RECORDED),RECORDED=1 )go run ./integration/demowatch $(if $(PAUSE),-pause )$(BINDIR)/tsboot $(BINDIR)/tswatch

.PHONY: bench
bench: ## SSM calls of a boot, what tsboot adds to the start of an agent, health beside the least program, rest with refresh
	go test -run '^$$' -bench . -benchtime 20x ./integration/bench

.PHONY: bench-fleet
bench-fleet: ## thousands of hosts that boot at once, in virtual time, against AWS's limits: docs/bench-fleet.md
	go run ./integration/fleet -write docs/bench-fleet.md

.PHONY: bench-pid1
bench-pid1: ## signals, reaping, memory, wake-ups beside tini, dumb-init, catatonit: docs/bench-pid1.md
	go run ./integration/pid1/bench -write docs/bench-pid1.md

.PHONY: bench-boot
bench-boot: ## a boot beside chamber's exec (CHAMBER_BINARY) on one store: docs/bench-boot.md
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	$(MAKE) --no-print-directory build BINARIES=tsboot BINDIR="$$dir" && \
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$$dir/bare" ./integration/bench/bare && \
	go run ./integration/bench -tsboot "$$dir/tsboot" -bare "$$dir/bare" -write docs/bench-boot.md

.PHONY: bench-watch
bench-watch: ## tswatch beside go-audit (GO_AUDIT_BINARY) in real containers: attribution, processor time, memory: docs/bench-watch.md; needs root, audit, dockerd
	@go run ./integration/watch/bench -write docs/bench-watch.md

.PHONY: pid1-table
pid1-table: ## what tsboot and its peers do as an init: docs/pid1.md
	go test ./integration/pid1 -run TestTable -count=1 -timeout 30m -write

.PHONY: agent-pages
agent-pages: ## a page for each agent's built-in profile: docs/agents
	go run ./integration/agents -write docs/agents

.PHONY: deploy
deploy: ## what tsboot manifest prints for four profiles: deploy/
	go test ./manifest -run '^Test(Deploy|ChartProfiles)$$' -count=1 -update

.PHONY: chart
chart: ## the Helm chart of deploy/helm: lint, render, equal to tsboot manifest kubernetes; by Helm's library, a module of its own
	cd integration/helm && go vet ./... && go mod tidy -diff && go test -count=1 ./...

.PHONY: pictures
pictures: ## the README's pictures, from what the programs print on a terminal: docs/pictures; needs root, for a container
	TSBOOT_REQUIRE=root go test ./integration -run '^Test(Pictures|DemoWatch)$$' -count=1 -pictures

.PHONY: soak
soak: ## random children, signals, stops, restarts and shortage of processes for SOAK, under -race, with an invariant checker
	go run ./integration/pid1/soak -duration $(SOAK)

.PHONY: soak-watch
soak-watch: ## tswatch for SOAK while programs start all the time, containers come and go, Docker is restarted and outputs fail; SEED=N: as a run before; needs root, auditctl, dockerd, busybox
	go run ./integration/watch/soak -duration $(SOAK)$(if $(SEED), -seed $(SEED))

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME
	@for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	  done; \
	done

.PHONY: localstack
localstack: ## LocalStack 4.14 in .cache/localstack (Python 3.13, no Docker, no token), which the tests then use
	integration/localstack.sh install .cache/localstack

.PHONY: goagents
goagents: ## telegraf and an OpenTelemetry Collector in .cache/goagents, for the tests that find them in PATH
	integration/goagents.sh .cache/goagents

# The engine's own builder writes the time of the build into an image, so it has no part in this one.
IMAGEDIR ?= dist/image
IMAGE_ARCH ?= $(shell go env GOARCH)
LATEST ?= tsboot:latest

.PHONY: image
image: ## the container image, tsboot:VERSION and tsboot:latest, for IMAGE_ARCH, given to DOCKER's engine: docs/image.md
	@$(MAKE) --no-print-directory image-files IMAGE_PLATFORMS=linux/$(IMAGE_ARCH)
	$(DOCKER) load -i $(IMAGEDIR)/linux-$(IMAGE_ARCH).tar
	$(DOCKER) tag $(IMAGE) $(LATEST)

TSWATCH_IMAGE = BINARIES='tsboot tswatch' IMAGE_PROFILE=tswatch IMAGE='tswatch:$(VERSION)' LATEST=tswatch:latest IMAGEDIR=dist/image-tswatch

.PHONY: image-tswatch
image-tswatch: ## the image that boots tswatch: both programs, tswatch:VERSION and tswatch:latest: docs/agents/tswatch.md
	@$(MAKE) --no-print-directory image $(TSWATCH_IMAGE)

IMAGE_PLATFORMS ?= linux/amd64 linux/arm64

.PHONY: image-files
image-files: ## the image of IMAGE_PLATFORMS in dist/image, an OCI layout and archives for docker load; needs no Docker
	@rm -rf '$(IMAGEDIR)' && for platform in $(IMAGE_PLATFORMS); do \
	  go run ./release/tree -o "$(IMAGEDIR)/tree/$$platform" -version '$(VERSION)' -platform $$platform -created $(SOURCE_DATE_EPOCH) $(BINARIES) || exit 1; \
	done && go run ./release/image -o '$(IMAGEDIR)' -tag '$(IMAGE)' -version '$(VERSION)' -revision '$(REVISION)' \
	  $(if $(IMAGE_PROFILE),-profile '$(IMAGE_PROFILE)' )-created $(SOURCE_DATE_EPOCH) $(foreach platform,$(IMAGE_PLATFORMS),$(platform)=$(IMAGEDIR)/tree/$(platform))

.PHONY: image-files-tswatch
image-files-tswatch: ## the same of the image that boots tswatch, in dist/image-tswatch
	@$(MAKE) --no-print-directory image-files $(TSWATCH_IMAGE)

.PHONY: sdk-newest
sdk-newest: ## builds and tests with the newest service/ssm, which go.mod holds back, and prints the memory of both; needs the net
	integration/sdk-newest.sh

# On a terminal the store is a job of its own, so that Ctrl-C ends it and not make: make ends with its code, 0. The trap
# keeps the shell quiet where a SIGINT reaches them all.
.PHONY: store
store: build ## a Parameter Store in memory, in the foreground: prints what to paste elsewhere, ends with Ctrl-C; STORE='--put /a/b=VALUE': its flags
	@CGO_ENABLED=0 go build -trimpath -o $(BINDIR)/paramstore ./secrets/secretstest/cmd/paramstore
	@trap : INT; if [ -t 0 ]; then set -m; fi; $(BINDIR)/paramstore --bin-dir "$(abspath $(BINDIR))" $(STORE)

# The date of the manual pages is that of the commit, so that the same commit gives the same bytes.
MANDIR        ?= dist/man
COMPLETIONDIR ?= dist/completions
PROGRAMS      ?= tsboot tswatch
# PROGRAMS as they are released, for a short time: go run would compile and link them once more.
BUILT = dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && $(MAKE) --no-print-directory -s build BINARIES='$(PROGRAMS)' BINDIR="$$dir"

.PHONY: man
man: ## the manual pages of PROGRAMS, tsboot.1, tsboot-exec.1, tswatch.1, ... in MANDIR (dist/man)
	@mkdir -p '$(MANDIR)' && $(BUILT) && for program in $(PROGRAMS); do \
	  rm -f '$(MANDIR)'/$$program.1 '$(MANDIR)'/$$program-*.1 && \
	  SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null)}" "$$dir/$$program" __manuals '$(MANDIR)' || exit 1; \
	done

.PHONY: completions
completions: ## the completion scripts of PROGRAMS for bash, zsh and fish in COMPLETIONDIR (dist/completions)
	@mkdir -p '$(COMPLETIONDIR)' && $(BUILT) && for program in $(PROGRAMS); do for shell in bash zsh fish; do \
	  "$$dir/$$program" completion $$shell > '$(COMPLETIONDIR)'/$$program.$$shell || exit 1; \
	done; done

.PHONY: pages
pages: ## the documentation of archives and packages in dist/pages: links that lead out of one lead to the repository
	go run ./release/pages -o dist/pages/archive README.md CHANGELOG.md SECURITY.md
	go run ./release/pages -o dist/pages/tsboot README.md CHANGELOG.md SECURITY.md docs/*.md
	go run ./release/pages -o dist/pages/tswatch CHANGELOG.md SECURITY.md docs/watch*.md

# Newer ones need a newer Go.
GORELEASER ?= go run github.com/goreleaser/goreleaser/v2@v2.15.1

.PHONY: release-check
release-check: ## .goreleaser.yaml, read by goreleaser
	$(GORELEASER) check

.PHONY: snapshot
snapshot: ## all of a release in dist/release, published nowhere: archives, deb, rpm, images, SBOMs, checksums
	$(GORELEASER) release --snapshot --clean

.PHONY: clean
clean: ## removes what the targets made
	rm -rf bin dist .cache

.PHONY: help
help:
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
