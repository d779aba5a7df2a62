SHELL := bash
.DEFAULT_GOAL := help
# Steps talk to one terminal, and sudo may ask there: one at a time, whatever -j says.
.NOTPARALLEL:
.PHONY: help demo up test bench chaos bench-setup lint fmt contract setup setup-test setup-chaos toolchain fetched binaries

# What is started here finds nats-server where Debian puts it, also for those who are not root.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin

BIN := $(or $(CARGO_TARGET_DIR),target)/debug
RELEASE := $(or $(CARGO_TARGET_DIR),target)/release
LOCKED := $(if $(CI),--locked)
CONTRACT := services/gateway/contract
TYPESCRIPT := $(or $(CARGO_TARGET_DIR),target)/typescript/node_modules/.bin

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: setup ## everything, with drawn people, on this machine: ends with an address for the browser (DEMO_ARGS=…)
	@exec $(BIN)/avzeus demo $(DEMO_ARGS)

up: setup ## the servers and the six services, with the people that are there (UP_ARGS=…)
	@exec $(BIN)/avzeus up $(UP_ARGS)

test: setup-test ## unit tests, and scenarios with real servers and a real browser (TEST_ARGS=…)
	cargo test --workspace $(LOCKED) $(TEST_ARGS)

bench: fetched ## how fast the hot paths are, beside Python where bench-setup has been
	cargo build --release --workspace --bins $(LOCKED)
	@$(RELEASE)/avzeus models pull
	cargo bench --workspace --bench '*' $(LOCKED) $(BENCH_ARGS)

# Debug build, as the tests: what is measured is seconds of brokers and timeouts.
chaos: setup-chaos ## what killed, hung and cut off brokers, full disks and wrong clocks cost visitors: a table (CHAOS_ARGS=names)
	cargo bench --profile dev --workspace --bench chaos $(LOCKED) -- $(or $(CHAOS_ARGS),all)

setup-chaos: setup
	@deploy/setup/network.sh
	@deploy/setup/chaos.sh

bench-setup: ## what the benches need: oha to make load; scikit-learn, facenet-pytorch to hold ours against
	@deploy/setup/bench.sh

# The import check is built as `test` builds it, so that neither compiles twice.
lint: toolchain ## formatting, clippy, direction of imports; scripts and the page where their checkers are installed
	@{ cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1 || rustup component add rustfmt clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings
	cargo test --workspace --test imports --quiet $(LOCKED)
	@if command -v shellcheck >/dev/null; then \
	  echo 'shellcheck deploy/setup .ci/run'; shellcheck -x deploy/*.sh deploy/setup/*.sh .ci/run; fi
	@if command -v node >/dev/null; then for script in services/gateway/{page,console,api_page}/*.js; do \
	  echo "node --check $$script"; node --input-type=module --check <"$$script" || exit 1; done; fi
	@if command -v npm >/dev/null; then set -e; deploy/setup/typescript.sh; echo 'the contract against its rules, and the page against the contract'; \
	  $(TYPESCRIPT)/openapi-typescript $(CONTRACT)/openapi.json --output $(CONTRACT)/openapi.d.ts --check; \
	  NODE_PATH=$(TYPESCRIPT)/.. node $(CONTRACT)/lint.cjs $(CONTRACT)/openapi.json; \
	  $(TYPESCRIPT)/tsc --project services/gateway/page; fi

fmt: ## formats the Rust code
	cargo fmt --all

# A frontend's types follow from the contract, and the contract from the code.
contract: toolchain ## the HTTP contract in a file, and its TypeScript types, written anew from the code
	@deploy/setup/typescript.sh
	cargo build --quiet --workspace --example contract $(LOCKED)
	$(BIN)/examples/contract > $(CONTRACT)/openapi.json.new
	@mv $(CONTRACT)/openapi.json.new $(CONTRACT)/openapi.json
	$(TYPESCRIPT)/openapi-typescript $(CONTRACT)/openapi.json --output $(CONTRACT)/openapi.d.ts

setup: fetched binaries ## what demo and test need: servers, ONNX Runtime, models, the binaries; what is there stays
	@$(BIN)/avzeus models pull

setup-test: setup
	@deploy/setup/browser.sh
	@deploy/setup/schemathesis.sh
	@deploy/setup/openapi-fetch.sh
	@deploy/setup/axe.sh
	@deploy/setup/promtool.sh
	@deploy/setup/nginx.sh
	@deploy/setup/network.sh

toolchain:
	@deploy/setup/toolchain.sh

fetched: toolchain
	@deploy/setup/servers.sh
	@deploy/setup/models.sh

# All members together, as `cargo test --workspace` takes them: built one by one, dependencies would
# get other features and be compiled again.
binaries: toolchain
	@echo 'setup: building the seven binaries (minutes the first time, then seconds)'
	@cargo build --workspace --bins $(LOCKED)
