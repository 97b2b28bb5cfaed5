# The two commands of a fresh machine are `make run` and `make test`; `make help` lists the rest.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
REVISION ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X main.version=$(VERSION) -X main.revision=$(REVISION)
GOFILES  := $(shell git ls-files '*.go' 2>/dev/null)
FUZZTIME ?= 10s
LINT     := go tool -modfile=tools/go.mod golangci-lint

.PHONY: help run demo build test test-std test-mixed test-valkey test-tools test-grafana deps race fuzz bench bench-peers lint fmt check corpus simulate measure-redis demo-metrics cachetests soak restarts attack dist check-deploy

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

run: build ## the gateway and three pretend vendors, with requests to try
	bin/gateway demo

demo: run ## the same as run

build: ## bin/gateway
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/gateway ./cmd/gateway

# With the race detector throughout: packages are compiled once for all of it. Vet is part of each run, so that it reads
# the dependencies once. What a process with the detector sleeps as it ends is cut, as the tests start many.
export GORACE ?= atexit_sleep_ms=100
# Nothing of others is inlined: that takes a fifth of all compiling, most of it in go-redis, and the tests run as fast without.
GOTEST := go test -race -vet=all -timeout 10m -gcflags=all=-l -gcflags=std= -gcflags=gateway/...=

test: deps ## everything, with the race detector; installs through apt what is missing
	$(GOTEST) ./...
	@$(MAKE) --no-print-directory -j -O test-std test-mixed test-valkey test-tools test-grafana

test-std:
	TRANSPORT=std SERVER=std $(GOTEST) -run '$(ON_THE_WIRE)' ./proxy

test-mixed:
	TRANSPORT=std $(GOTEST) -run '$(ON_BOTH_SIDES)' ./proxy
	SERVER=std $(GOTEST) -run '$(ON_BOTH_SIDES)' ./proxy

test-valkey:
	if command -v valkey-server >/dev/null; then STORE=valkey-server $(GOTEST) ./ratelimit ./vault; fi

test-tools:
	cd tools && $(GOTEST) ./bench

test-grafana:
	cd deploy/grafana && $(GOTEST) ./...

# The tests of the proxy in which it matters what speaks HTTP with the vendor, and with the caller.
ON_THE_WIRE := Answer|Bod|Certificate|Continue|Cut|Deadline|Faulty|ForwardProxy|HTTP2|Informational|NamesM|Silen|Stall|Stream|Success|TooLarge|Trailer|Twice|Unreachable|WebSocket

# Those in which the two have to do with each other: by contexts, deadlines and connections that both sides share.
ON_BOTH_SIDES := ^Test(CallersWhoLeave|CutSuccesses.*|Deadlines|EachExchange.*|ExpectContinue|HTTP2BothWays|InformationalAnswers|SilenceEnds.*|SlowSuccesses.*|StalledReader.*|Trailers|VendorAnswersBefore.*|WebSocket)$$

# What the tests need beside Go, as command=package or file=package of Debian. Nothing is done where all are there.
NEEDS := curl=curl promtool=prometheus chromium=chromium redis-server=redis-server \
  nginx=nginx-light haproxy=haproxy

deps:
	@missing=(); for need in $(NEEDS); do \
	  [ -e "$${need%%=*}" ] || PATH=$$PATH:/usr/sbin command -v "$${need%%=*}" >/dev/null || missing+=("$${need##*=}"); \
	done; \
	(($${#missing[@]})) || exit 0; \
	command -v apt-get >/dev/null || { echo "the tests need $${missing[*]} (names of Debian): please install them"; exit 1; }; \
	echo "installing for the tests: $${missing[*]}"; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}" >/dev/null

race: ## the tests of PKG with the race detector, twice
	go test -race -count=2 $(or $(PKG),./...)

fuzz: ## every fuzz target for FUZZTIME each
	@go list -f '{{.Dir}}' ./... | while read -r dir; do \
	  grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$$dir"/*_test.go 2>/dev/null | sed 's/^func //' | while read -r target; do \
	    echo "$$target in $${dir##*/}"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s "$$dir"; \
	  done; \
	done

bench: ## the Go benchmarks, COUNT times, for benchstat
	go test -run '^$$' -bench . -benchmem -count $(or $(COUNT),1) ./...

# nginx rewrites errors in Lua.
bench-peers: NEEDS := nginx=nginx-light haproxy=haproxy wrk=wrk \
  /usr/lib/nginx/modules/ngx_http_lua_module.so=libnginx-mod-http-lua /usr/share/doc/lua-cjson=lua-cjson
bench-peers: deps build ## the gateway's CPU time beside nginx, haproxy and bare Go; BENCH=-full for 5 rounds, latency, memory
	cd tools && PATH=$$PATH:/usr/sbin go run ./bench -gateway $(CURDIR)/bin/gateway $(BENCH)

lint: ## go vet, go fix and golangci-lint; the first run builds the linter
	go vet ./...
	@diff=$$(go fix -diff ./...); if [ -n "$$diff" ]; then echo "$$diff"; exit 1; fi
	$(LINT) run ./...

fmt: ## format the code
	$(LINT) fmt ./...

check: lint test build ## lint, test and the shipped configuration
	bin/gateway check --config configs/gateway.yaml

# The same sources give the same bytes: no path, no time, no id of the build in them.
DIST := CGO_ENABLED=0 GOOS=linux go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS) -buildid='

# A package's version is the tag's, or one below every release.
PACKAGE_VERSION = $(if $(filter v%,$(VERSION)),$(VERSION:v%=%),0.0.0+$(REVISION))

# What makes packages and lists of parts, and what checks them, is in a module of its own.
DEPLOY_TOOL := go tool -modfile=deploy/check/go.mod

dist: ## dist/: reproducible binaries for linux/amd64 and arm64, their parts (CycloneDX), deb and rpm packages, checksums
	@rm -rf dist && mkdir -p dist
	@for arch in amd64 arm64; do \
	  GOARCH=$$arch $(DIST) -o dist/gateway-linux-$$arch ./cmd/gateway; \
	  $(DEPLOY_TOOL) cyclonedx-gomod bin -json -std -noserial -notimestamp -version $(VERSION) \
	    -output dist/gateway-linux-$$arch.cdx.json dist/gateway-linux-$$arch 2>/dev/null; \
	  for kind in deb rpm; do \
	    SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) ARCH=$$arch VERSION=$(PACKAGE_VERSION) \
	      $(DEPLOY_TOOL) nfpm package --config deploy/nfpm.yaml --packager $$kind --target dist >/dev/null; \
	  done; \
	done
	@cd dist && sha256sum * > SHA256SUMS && cat SHA256SUMS

# The first run compiles Helm, Kustomize and BuildKit for minutes: make test has what needs none of them (configurations, units).
check-deploy: NEEDS := buildah=buildah dpkg=dpkg rpm=rpm
check-deploy: deps ## image, compose, Kubernetes, Helm, packages: what make test leaves out and needs no registry or cluster
	cd deploy/check && go vet ./... && go test -count=1 ./...

corpus: ## the labelled answers of all vendors through a running gateway
	@go test -count=1 -run '^Test(Corpus|PublicCorpus|Controls)ThroughGateway$$' -v ./cmd/gateway | grep -oE '((controls with|public vendors) .*)?[0-9]+ of [0-9]+|.* differs.*|^FAIL'
	@go test -count=1 -run '^Test(ReadsPublicVendorsWithoutAProfile|ReadsUnseenVendors|LeavesControlsUntouched)$$' -v ./normalize | grep -oE '[a-z][a-z ,-]*: type right.*|^FAIL'

measure-redis: deps ## gateways on one Redis: overload with one killed and one added, and what each failure of the store costs
	@go build -modfile=tools/go.mod -o bin/toxiproxy github.com/Shopify/toxiproxy/v2/cmd/server
	@TOXIPROXY=$(CURDIR)/bin/toxiproxy go test -count=1 -run '^TestMeasure(Replicas|BrokenStore)$$' -v ./cmd/gateway -replicas 20s | \
	  sed -nE 's/.*MEASURED //p; /^(---|    ---) FAIL|^FAIL|^ok/p'
	@go test -count=1 -parallel 1 -run '^TestMeasureFaults$$' -v ./ratelimit -simulate | sed -nE 's/.*MEASURED //p; /^(---|    ---) FAIL|^FAIL|^ok/p'

simulate: ## the throttle against vendors that count in every way, on a virtual clock: 24 hours of 5000/h and more
	@go test -count=1 -run '^TestSimulate' -v ./ratelimit -simulate | sed -nE 's/.*SIMULATED //p; /^(---|    ---) FAIL|^FAIL|^ok/p'

demo-metrics: deps ## gateway, load and Prometheus: every query of the dashboards with its value
	@go test -count=1 -run '^TestEveryDashboardQueryHasData$$' -v ./cmd/gateway | sed -nE 's/^ *dashboards_test.go:[0-9]+: //p; /^(---|FAIL|ok)/p'

soak: build ## FOR=30m at 300 requests a second with faults and reloads, SERVER=fast or std: ledger, memory, goroutines, descriptors
	go test -count=1 -timeout 0 -run '^TestSoak$$' -v ./cmd/gateway -soak $(or $(FOR),30m) -program $(CURDIR)/bin/gateway -server $(or $(SERVER),fast) | sed -nE 's/.*SOAK //p; /^(---|    [a-z]|FAIL|ok)/p'

restarts: NEEDS := nginx=nginx-light wrk=wrk hey=hey
restarts: deps build ## N=50 hand-overs to a new process under wrk and hey: no error
	N=$(or $(N),50) tools/restarts.sh

attack: NEEDS := nginx=nginx-light curl=curl openssl=openssl slowhttptest=slowhttptest
attack: deps build ## h2spec, slowhttptest and floods of HTTP/2 frames against the gateway: a table
	tools/attack.sh

cachetests: build ## http-cache-tests direct and through the gateway; needs node and npm
	tools/cachetests.sh
